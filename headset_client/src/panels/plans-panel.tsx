import { useState } from "react";
import type { PlanningApp } from "../planning-app";
import type { PlanEntry, PlanVersionState } from "../protocol";
import { contentOf, freeName } from "../session/plan-book";
import { MOST_SIDE_BY_SIDE } from "../session/side-by-side";
import { strings } from "../strings";
import { toggleBeside, toggleSideBySide } from "../tools/side-by-side";
import { Icon } from "./icons";
import { useSession, useUi } from "./use-app";
import { useRefusal } from "./use-role";

/** Several plans of the case: which is looked at, which are ghosts, what was kept and signed. */
export function PlansPanel({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (ui) => ui.plansOpen);
  const book = useSession(app, (state) => state.book);
  const refusal = useRefusal(app, "plan.create");
  if (!open) return null;
  const words = strings.plans;
  const create = () => app.session.changes.createPlan(freeName(book, words.name), { kind: "empty" });
  return (
    <section className="panel proposals-panel plans-panel" aria-label={words.title}>
      <div className="dialog-head">
        <h2>{words.title}</h2>
        <button
          type="button"
          className="button icon-only"
          aria-label={strings.help.close}
          onClick={() => app.ui.setState({ plansOpen: false })}
        >
          <Icon name="close" />
        </button>
      </div>
      <ul className="plans">
        {book.entries.map((entry) => (
          <li key={entry.plan_id}>
            <PlanCard app={app} entry={entry} />
          </li>
        ))}
      </ul>
      <div className="plan-actions">
        <button type="button" className="button" disabled={refusal !== undefined} title={refusal} onClick={create}>
          {words.empty}
        </button>
        <button type="button" className="button" onClick={() => app.ui.setState({ compareOpen: true })}>
          {words.compare}
        </button>
        <button
          type="button"
          className="button"
          disabled={book.entries.length < 2}
          title={book.entries.length < 2 ? strings.sideBySide.onlyOne : `${strings.sideBySide.title} (=)`}
          onClick={() => toggleSideBySide(app)}
        >
          {strings.sideBySide.short}
        </button>
      </div>
      <p className="research">{strings.notice}</p>
    </section>
  );
}

function PlanCard({ app, entry }: { readonly app: PlanningApp; readonly entry: PlanEntry }) {
  const lookedAt = useSession(app, (state) => state.book.lookedAt === entry.plan_id);
  const cuts = useSession(app, (state) => contentOf(state.book, entry.plan_id).resections.length);
  const people = useSession(app, (state) => state.people);
  const lookers = people.filter((person) => (person.plan_id ?? "plan-1") === entry.plan_id);
  const words = strings.plans;
  return (
    <article className={lookedAt ? "plan-card looked-at" : "plan-card"}>
      <div className="plan-head">
        <button
          type="button"
          className="plan-name"
          aria-pressed={lookedAt}
          onClick={() => app.session.lookAt(entry.plan_id)}
        >
          {entry.name}
        </button>
        <span className={`stage ${entry.stage}`}>{words.stage[entry.stage]}</span>
      </div>
      <p className="soft">
        {words.cuts(cuts)}
        {entry.origin && ` · ${words.from(entry.origin.name)}`}
        <span className="lookers" title={words.lookers(lookers.map((person) => person.display_name).join(", "))}>
          {lookers.map((person) => (
            <i key={person.client_id} style={{ background: person.colour }} />
          ))}
        </span>
      </p>
      <Signature entry={entry} />
      {!lookedAt && <PlanSwitches app={app} planKey={entry.plan_id} name={entry.name} />}
      {lookedAt && <Actions app={app} entry={entry} />}
      {lookedAt && entry.versions.length > 0 && <Versions app={app} entry={entry} />}
    </article>
  );
}

function Signature({ entry }: { readonly entry: PlanEntry }) {
  const signed = entry.versions.find((version) => version.version_id === entry.signed);
  const last = signed?.signatures[signed.signatures.length - 1];
  if (!last) return null;
  return (
    <>
      <p className="soft">
        {strings.plans.signed(
          last.by_name || strings.people.someone,
          strings.plans.stage[last.stage],
          shortTime(last.at),
        )}
      </p>
      {entry.is_stale && (
        <p className="caution" title={strings.plans.staleHint}>
          {strings.plans.stale}
        </p>
      )}
    </>
  );
}

function Actions({ app, entry }: { readonly app: PlanningApp; readonly entry: PlanEntry }) {
  const [asking, setAsking] = useState<"rename" | "keep" | null>(null);
  const book = useSession(app, (state) => state.book);
  const refusal = useRefusal(app, "plan.create");
  const mayNotConfirm = useRefusal(app, "plan.confirm");
  const { session } = app;
  const words = strings.plans;
  const id = entry.plan_id;
  const copy = () =>
    session.changes.createPlan(
      freeName(book, (number) => words.copyOf(entry.name, number).slice(0, 60)),
      {
        kind: "plan",
        plan_id: id,
      },
    );
  if (asking !== null) {
    const start = asking === "rename" ? entry.name : words.versionName(entry.versions.length + 1);
    const save = (name: string) => {
      if (name !== "")
        asking === "rename" ? session.changes.renamePlan(id, name) : session.changes.keepVersion(id, name);
      setAsking(null);
    };
    return <NameForm label={asking === "rename" ? words.newName : words.keepName} start={start} save={save} />;
  }
  return (
    <fieldset className="plan-actions" disabled={refusal !== undefined} title={refusal}>
      <button type="button" className="button quiet" onClick={copy}>
        {words.copy}
      </button>
      <button type="button" className="button quiet" onClick={() => setAsking("rename")}>
        {words.rename}
      </button>
      <button type="button" className="button quiet" onClick={() => setAsking("keep")}>
        {words.keep}
      </button>
      <button
        type="button"
        className="button quiet"
        disabled={book.entries.length < 2}
        onClick={() => session.changes.removePlan(id)}
      >
        {words.remove}
      </button>
      {(entry.stage === "draft" || entry.is_stale) && (
        <button type="button" className="button primary" onClick={() => session.changes.sign(id, "propose")}>
          {words.propose}
        </button>
      )}
      {entry.stage === "proposed" && !entry.is_stale && (
        <button
          type="button"
          className="button primary"
          disabled={mayNotConfirm !== undefined}
          title={mayNotConfirm}
          onClick={() => session.changes.sign(id, "confirm")}
        >
          {words.confirm}
        </button>
      )}
      {entry.stage !== "draft" && (
        <button type="button" className="button quiet" onClick={() => session.changes.sign(id, "withdraw")}>
          {words.withdraw}
        </button>
      )}
    </fieldset>
  );
}

interface NameFormProps {
  readonly label: string;
  readonly start: string;
  readonly save: (name: string) => void;
}

function NameForm({ label, start, save }: NameFormProps) {
  const [name, setName] = useState(start);
  return (
    <form
      className="plan-actions"
      onSubmit={(event) => {
        event.preventDefault();
        save(name.trim());
      }}
    >
      <input
        aria-label={label}
        value={name}
        maxLength={60}
        // biome-ignore lint/a11y/noAutofocus: the person just asked to write a name
        autoFocus
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button">
        {strings.plans.save}
      </button>
    </form>
  );
}

function Versions({ app, entry }: { readonly app: PlanningApp; readonly entry: PlanEntry }) {
  const segmentation = useSession(app, (state) => state.book.segmentation);
  return (
    <details>
      <summary>
        {strings.plans.versions} ({entry.versions.length})
      </summary>
      <ul className="plan-versions">
        {entry.versions.map((version) => (
          <li key={version.version_id}>
            <Version app={app} entry={entry} version={version} stale={version.segmentation !== segmentation} />
          </li>
        ))}
      </ul>
    </details>
  );
}

interface VersionProps {
  readonly app: PlanningApp;
  readonly entry: PlanEntry;
  readonly version: PlanVersionState;
  readonly stale: boolean;
}

function Version({ app, entry, version, stale }: VersionProps) {
  const words = strings.plans;
  const { plan_id } = entry;
  const { version_id, numbers } = version;
  const refusal = useRefusal(app, "plan.restore");
  const book = useSession(app, (state) => state.book);
  const flr = numbers?.functional_flr_percent ?? numbers?.flr_percent;
  const branch = () =>
    app.session.changes.createPlan(
      freeName(book, (number) => words.copyOf(version.name, number).slice(0, 60)),
      {
        kind: "version",
        plan_id,
        version_id,
      },
    );
  return (
    <>
      <p>
        {version.name}
        <span className="soft">
          {` · ${version.by_name || strings.people.someone}, ${shortTime(version.at)}`}
          {flr !== null && flr !== undefined && ` · FLR ${flr.toFixed(1)} %`}
        </span>
      </p>
      {stale && <p className="caution">{words.stale}</p>}
      <fieldset className="plan-actions" disabled={refusal !== undefined} title={refusal}>
        <button
          type="button"
          className="button quiet"
          onClick={() => app.session.changes.restoreVersion(plan_id, version_id)}
        >
          {words.restore}
        </button>
        <button type="button" className="button quiet" onClick={branch}>
          {words.branch}
        </button>
      </fieldset>
      <PlanSwitches app={app} planKey={`${plan_id}/${version_id}`} name={words.ofVersion(entry.name, version.name)} />
    </>
  );
}

interface PlanSwitchesProps {
  readonly app: PlanningApp;
  readonly planKey: string;
  readonly name: string;
}

/** How it is seen together with the plan looked at: laid over it, or beside it. */
function PlanSwitches({ app, planKey, name }: PlanSwitchesProps) {
  const isGhost = useUi(app, (ui) => ui.planGhosts.has(planKey));
  const isBeside = useUi(app, (ui) => ui.sideBySide.includes(planKey));
  const isFull = useUi(app, (ui) => ui.sideBySide.length >= MOST_SIDE_BY_SIDE);
  const { sideBySide, plans } = strings;
  return (
    <div className="plan-switches">
      <label className="switch">
        <input
          type="checkbox"
          checked={isGhost}
          aria-label={plans.ghost(name)}
          onChange={() => toggleGhost(app, planKey)}
        />
        <span>{plans.ghostShort}</span>
      </label>
      <label className="switch" title={isFull && !isBeside ? sideBySide.full : undefined}>
        <input
          type="checkbox"
          checked={isBeside}
          disabled={isFull && !isBeside}
          aria-label={sideBySide.show(name)}
          onChange={() => toggleBeside(app, planKey)}
        />
        <span>{sideBySide.short}</span>
      </label>
    </div>
  );
}

export function toggleGhost(app: Pick<PlanningApp, "ui">, key: string): void {
  const planGhosts = new Set(app.ui.getState().planGhosts);
  if (!planGhosts.delete(key)) planGhosts.add(key);
  app.ui.setState({ planGhosts });
}

function shortTime(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime())
    ? at
    : time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
