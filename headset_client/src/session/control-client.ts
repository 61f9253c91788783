// The control socket: says hello, resumes after a loss, hands every message on. Knows nothing of plans.
import { type ClientMessage, type Device, PROTOCOL_VERSION, parseServerMessage, type ServerMessage } from "../protocol";
import { backoffMs } from "./backoff";
import { type Identity, keepIdentity, takeIdentity } from "./kept-identity";

export interface ControlHooks {
  onMessage(message: ServerMessage): void;
  onLost(attempt: number, retryInMs: number): void;
  onRetry(): void;
  onRoundTrip(milliseconds: number): void;
  /** A message this client does not understand: it is out of date, or the server is. */
  onUnreadable(reason: string): void;
}

export interface Introduction {
  readonly caseId: string;
  readonly displayName: string;
  readonly device: Device;
}

const PING_EVERY_MS = 5000;
/** A line on which this many pings in turn brought nothing back is dead, whatever the system believes. */
const SILENT_PINGS = 2;
/** Ends of a connection after which another attempt is what the server asks for. */
const PASSING_FAULTS: ReadonlySet<string> = new Set(["stopping", "too_slow"]);

export class ControlClient {
  readonly #url: string;
  readonly #hooks: ControlHooks;
  readonly #introduction: Introduction;
  /** Proves, after a lost connection or a reload, that this is the same client. */
  #identity: Identity | null;
  readonly #keep = () => {
    if (this.#identity) keepIdentity(this.#introduction.caseId, this.#identity);
  };
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #closed = false;
  #unansweredPings = 0;
  readonly #unplugged = () => {
    if (this.#socket) this.#abandon(this.#socket);
  };
  /** The network is back: no reason to wait for the next attempt. */
  readonly #plugged = () => {
    if (this.#socket === null && this.#attempt > 0 && !this.#closed) this.#tryAgain();
  };

  constructor(url: string, introduction: Introduction, hooks: ControlHooks) {
    this.#url = url;
    this.#introduction = introduction;
    this.#hooks = hooks;
    this.#identity = takeIdentity(introduction.caseId);
    window.addEventListener("pagehide", this.#keep);
    window.addEventListener("offline", this.#unplugged);
    window.addEventListener("online", this.#plugged);
  }

  open(): void {
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#hello(socket);
      clearInterval(this.#ping);
      this.#unansweredPings = 0;
      this.#ping = setInterval(() => this.#look(socket), PING_EVERY_MS);
    };
    socket.onmessage = (event: MessageEvent<string>) => this.#receive(event.data);
    socket.onclose = () => this.#lost(socket);
  }

  /** False where there is no connection and the message was not sent. */
  send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.#closed = true;
    window.removeEventListener("pagehide", this.#keep);
    window.removeEventListener("offline", this.#unplugged);
    window.removeEventListener("online", this.#plugged);
    this.#keep();
    clearTimeout(this.#retry);
    clearInterval(this.#ping);
    this.#socket?.close();
  }

  #look(socket: WebSocket): void {
    if (this.#unansweredPings >= SILENT_PINGS) this.#abandon(socket);
    else if (this.send({ type: "ping", sent_ms: performance.now() })) this.#unansweredPings += 1;
  }

  /** A dead line closes only when the system gives up on it, minutes later: it is left at once. */
  #abandon(socket: WebSocket): void {
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this.#lost(socket);
  }

  #tryAgain(): void {
    clearTimeout(this.#retry);
    this.#hooks.onRetry();
    this.open();
  }

  #hello(socket: WebSocket): void {
    const hello: ClientMessage = {
      type: "hello",
      protocol_version: PROTOCOL_VERSION,
      case_id: this.#introduction.caseId,
      display_name: this.#introduction.displayName,
      device: this.#introduction.device,
      ...(this.#identity && { client_id: this.#identity.clientId, resume_token: this.#identity.resumeToken }),
    };
    socket.send(JSON.stringify(hello));
  }

  #receive(data: string): void {
    this.#unansweredPings = 0;
    let message: ServerMessage;
    try {
      message = parseServerMessage(JSON.parse(data));
    } catch (error) {
      this.#hooks.onUnreadable(error instanceof Error ? error.message : "");
      return;
    }
    if (message.type === "welcome") {
      this.#identity = { clientId: message.client_id, resumeToken: message.resume_token };
      this.#attempt = 0;
    }
    if (message.type === "fault" && message.fatal) {
      if (PASSING_FAULTS.has(message.code)) return; // the connection ends, and the next attempt follows
      this.#closed = true;
    }
    if (message.type === "pong") this.#hooks.onRoundTrip(performance.now() - message.sent_ms);
    this.#hooks.onMessage(message);
  }

  #lost(socket: WebSocket): void {
    clearInterval(this.#ping);
    if (this.#socket !== socket || this.#closed) return;
    this.#socket = null;
    const retryInMs = backoffMs(++this.#attempt, Math.random());
    this.#hooks.onLost(this.#attempt, retryInMs);
    this.#retry = setTimeout(() => this.#tryAgain(), retryInMs);
  }
}
