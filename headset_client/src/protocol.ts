// Generated from streaming/protocol.py by `make protocol`. Do not edit: change the Python models.

import { type Check, list, nullable, number, oneOf, record, tagged, text, truth, tuple } from "./protocol-checks";

export const PROTOCOL_VERSION = 1;
export const NOTICE = "Research use, not a medical device";
/** Bytes before the payload of a binary frame: four little-endian uint32. */
export const ASSET_CHUNK_HEADER_BYTES = 16;
export const ASSET_CHUNK_BYTES = 65536;
/** Payload bytes the server may have under way before the client grants more. */
export const ASSET_CREDIT_BYTES = 262144;

export type Coordinate = number;

const checkCoordinate: Check = number({ min: -100000, max: 100000 });

export type PointLps = readonly [Coordinate, Coordinate, Coordinate];

const checkPointLps: Check = tuple(checkCoordinate, checkCoordinate, checkCoordinate);

export type Identifier = string;

const checkIdentifier: Check = text({ min: 1, max: 64, pattern: /^[A-Za-z0-9_.-]+$/ });

export type Revision = number;

const checkRevision: Check = number({ integer: true, min: 0 });

export type Sha256 = string;

const checkSha256: Check = text({ pattern: /^[0-9a-f]{64}$/ });

export type Device = "desktop" | "tablet" | "headset";

const checkDevice: Check = oneOf("desktop", "tablet", "headset");

/** A planar resection; the side the normal points to is resected. */
export interface PlaneResectionState {
  readonly resection_id: Identifier;
  readonly kind: "plane";
  readonly point_lps_mm: PointLps;
  readonly normal_lps: PointLps;
}

const checkPlaneResectionState: Check = record(
  {
    resection_id: checkIdentifier,
    kind: oneOf("plane"),
    point_lps_mm: checkPointLps,
    normal_lps: checkPointLps,
  },
);

/** Somebody in the session; `holding` is the resection they are dragging. */
export interface PersonState {
  readonly client_id: Identifier;
  readonly display_name: string;
  readonly colour: string;
  readonly device: Device;
  readonly holding: Identifier | null;
}

const checkPersonState: Check = record(
  {
    client_id: checkIdentifier,
    display_name: text({ max: 40 }),
    colour: text(),
    device: checkDevice,
    holding: nullable(checkIdentifier),
  },
);

/** Volumes of one structure under the plan, millilitres. */
export interface StructureVolume {
  readonly name: string;
  readonly total_ml: number;
  readonly resected_ml: number;
  readonly remnant_ml: number;
}

const checkStructureVolume: Check = record(
  {
    name: text(),
    total_ml: number(),
    resected_ml: number(),
    remnant_ml: number(),
  },
);

/** Smallest distance from the tumour to the cut, mm; null when the plan has no cut surface. */
export interface TumourMargin {
  readonly tumour: string;
  readonly minimum_mm: number | null;
  readonly status: "resected" | "remnant" | "crossed";
}

const checkTumourMargin: Check = record(
  {
    tumour: text(),
    minimum_mm: nullable(number()),
    status: oneOf("resected", "remnant", "crossed"),
  },
);

/** Where the cut goes through a vessel. */
export interface VesselCrossing {
  readonly structure: string;
  readonly position_lps_mm: PointLps;
  readonly diameter_mm: number;
}

const checkVesselCrossing: Check = record(
  {
    structure: text(),
    position_lps_mm: checkPointLps,
    diameter_mm: number(),
  },
);

/** What a person decides on. `vessels_crossed` is null while dragging when it was not computed. */
export interface PlanNumbers {
  readonly volumes: readonly StructureVolume[];
  readonly flr_percent: number | null;
  readonly flr_denominator: string;
  readonly flr_tumour_free_percent: number | null;
  readonly margins: readonly TumourMargin[];
  readonly margin_uncertainty_mm: number;
  readonly vessels_crossed: readonly VesselCrossing[] | null;
  readonly notice: "Research use, not a medical device";
}

const checkPlanNumbers: Check = record(
  {
    volumes: list(checkStructureVolume),
    flr_percent: nullable(number()),
    flr_denominator: text(),
    flr_tumour_free_percent: nullable(number()),
    margins: list(checkTumourMargin),
    margin_uncertainty_mm: number(),
    vessels_crossed: nullable(list(checkVesselCrossing)),
    notice: oneOf("Research use, not a medical device"),
  },
);

/** One level of detail; level 0 is the finest. `asset` is the sha256 of the GLB. */
export interface MeshLevelAsset {
  readonly level: number;
  readonly asset: Sha256;
  readonly bytes: number;
  readonly triangles: number;
  readonly error_mm: number;
}

const checkMeshLevelAsset: Check = record(
  {
    level: number({ integer: true }),
    asset: checkSha256,
    bytes: number({ integer: true }),
    triangles: number({ integer: true }),
    error_mm: number(),
  },
);

/** A structure of the scene with its levels, finest first; `longest_axial_mm` is measured on tumours. */
export interface StructureAsset {
  readonly name: string;
  readonly title: string;
  readonly snomed: string;
  readonly colour: string;
  readonly lies_in_liver: boolean;
  readonly volume_ml: number;
  readonly longest_axial_mm: number | null;
  readonly bounds_lps_mm: readonly [PointLps, PointLps];
  readonly levels: readonly MeshLevelAsset[];
}

const checkStructureAsset: Check = record(
  {
    name: text(),
    title: text(),
    snomed: text(),
    colour: text(),
    lies_in_liver: truth,
    volume_ml: number(),
    longest_axial_mm: nullable(number()),
    bounds_lps_mm: tuple(checkPointLps, checkPointLps),
    levels: list(checkMeshLevelAsset),
  },
);

/**
 * A 3D texture: `asset` is a zlib stream (`DecompressionStream("deflate")`) of uint8, i fastest, then j, then k.
 *
 * For `ct`: HU = value_low + value / 255 * (value_high - value_low). For distance fields: mm by the same map,
 * negative inside. For `segments`: the `value` of a `SegmentAsset`, 0 far from the liver; never to be interpolated.
 * `lps_from_ijk` maps the centre of sample (i, j, k).
 */
export interface VolumeAsset {
  readonly name: "ct" | "liver_distance" | "tumour_distance" | "segments";
  readonly asset: Sha256;
  readonly bytes: number;
  readonly shape_ijk: readonly [number, number, number];
  readonly lps_from_ijk: readonly number[];
  readonly value_low: number;
  readonly value_high: number;
}

const checkVolumeAsset: Check = record(
  {
    name: oneOf("ct", "liver_distance", "tumour_distance", "segments"),
    asset: checkSha256,
    bytes: number({ integer: true }),
    shape_ijk: tuple(number({ integer: true }), number({ integer: true }), number({ integer: true })),
    lps_from_ijk: list(number(), { min: 16, max: 16 }),
    value_low: number(),
    value_high: number(),
  },
);

/** A Couinaud segment; `uncertain_ml` of its volume is a guess. */
export interface SegmentAsset {
  readonly value: number;
  readonly name: string;
  readonly title: string;
  readonly snomed: string;
  readonly colour: string;
  readonly volume_ml: number;
  readonly uncertain_ml: number;
}

const checkSegmentAsset: Check = record(
  {
    value: number({ integer: true, min: 1, max: 255 }),
    name: text(),
    title: text(),
    snomed: text(),
    colour: text(),
    volume_ml: number(),
    uncertain_ml: number(),
  },
);

/** All that can be shown of a case. `segments` is empty and `variants` says nothing where no map was made. */
export interface SceneManifest {
  readonly case_id: Identifier;
  readonly title: string;
  readonly structures: readonly StructureAsset[];
  readonly volumes: readonly VolumeAsset[];
  readonly segments: readonly SegmentAsset[];
  readonly variants: readonly string[];
  readonly focus_lps_mm: PointLps;
  readonly bounds_lps_mm: readonly [PointLps, PointLps];
  readonly warnings: readonly string[];
}

const checkSceneManifest: Check = record(
  {
    case_id: checkIdentifier,
    title: text(),
    structures: list(checkStructureAsset),
    volumes: list(checkVolumeAsset),
    segments: list(checkSegmentAsset),
    variants: list(text()),
    focus_lps_mm: checkPointLps,
    bounds_lps_mm: tuple(checkPointLps, checkPointLps),
    warnings: list(text()),
  },
);

/** One row of the start page. */
export interface CaseSummary {
  readonly case_id: Identifier;
  readonly title: string;
  readonly created_at: string;
  readonly liver_ml: number | null;
  readonly tumour_count: number;
  readonly structure_count: number;
  readonly warnings: readonly string[];
}

const checkCaseSummary: Check = record(
  {
    case_id: checkIdentifier,
    title: text(),
    created_at: text(),
    liver_ml: nullable(number()),
    tumour_count: number({ integer: true }),
    structure_count: number({ integer: true }),
    warnings: list(text()),
  },
);

/** A case folder that cannot be opened, and what the person can do. */
export interface BrokenCase {
  readonly case_id: Identifier;
  readonly message: string;
  readonly cure: string;
}

const checkBrokenCase: Check = record(
  {
    case_id: checkIdentifier,
    message: text(),
    cure: text(),
  },
);

/** Answer of `GET /api/cases`. */
export interface CaseList {
  readonly cases: readonly CaseSummary[];
  readonly broken: readonly BrokenCase[];
  readonly notice: "Research use, not a medical device";
}

const checkCaseList: Check = record(
  {
    cases: list(checkCaseSummary),
    broken: list(checkBrokenCase),
    notice: oneOf("Research use, not a medical device"),
  },
);

/**
 * Answer of `GET /api/invite`: a link that lets others in, access key included.
 *
 * `qr_svg` is null where no other device can reach the link; `note` says what to expect.
 */
export interface Invite {
  readonly url: string;
  readonly qr_svg: string | null;
  readonly reach: "this_computer" | "network";
  readonly note: string;
}

const checkInvite: Check = record(
  {
    url: text(),
    qr_svg: nullable(text()),
    reach: oneOf("this_computer", "network"),
    note: text(),
  },
);

/** First message on the control socket. `client_id` with the `resume_token` of its `welcome` resumes it. */
export interface Hello {
  readonly type: "hello";
  readonly protocol_version: number;
  readonly case_id: Identifier;
  readonly display_name?: string;
  readonly device?: Device;
  readonly client_id?: Identifier | null;
  readonly resume_token?: string;
}

const checkHello: Check = record(
  {
    type: oneOf("hello"),
    protocol_version: number({ integer: true }),
    case_id: checkIdentifier,
  },
  {
    display_name: text({ max: 40 }),
    device: checkDevice,
    client_id: nullable(checkIdentifier),
    resume_token: text({ max: 128 }),
  },
);

/** The hand moved: never logged. `sequence` grows per client; numbers come back with it. */
export interface PreviewResection {
  readonly type: "resection.preview";
  readonly sequence: number;
  readonly resection: PlaneResectionState;
}

const checkPreviewResection: Check = record(
  {
    type: oneOf("resection.preview"),
    sequence: number({ integer: true, min: 0 }),
    resection: checkPlaneResectionState,
  },
);

/** The drag was cancelled: everybody goes back to the committed resection. */
export interface CancelPreview {
  readonly type: "resection.cancel";
  readonly resection_id: Identifier;
}

const checkCancelPreview: Check = record(
  {
    type: oneOf("resection.cancel"),
    resection_id: checkIdentifier,
  },
);

/** Creates or changes a resection. Rejected as stale if `base_revision` is older than its last change by another. */
export interface CommitResection {
  readonly type: "resection.commit";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly resection: PlaneResectionState;
}

const checkCommitResection: Check = record(
  {
    type: oneOf("resection.commit"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    resection: checkPlaneResectionState,
  },
);

/** Deletes a resection. */
export interface RemoveResection {
  readonly type: "resection.remove";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly resection_id: Identifier;
}

const checkRemoveResection: Check = record(
  {
    type: oneOf("resection.remove"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    resection_id: checkIdentifier,
  },
);

/** Measures the round trip; echoed as `pong`. */
export interface Ping {
  readonly type: "ping";
  readonly sent_ms: number;
}

const checkPing: Check = record(
  {
    type: oneOf("ping"),
    sent_ms: number(),
  },
);

/** Answer to `hello`; `asset_token` opens the asset socket, `resume_token` proves the client id after a drop. */
export interface Welcome {
  readonly type: "welcome";
  readonly protocol_version: number;
  readonly client_id: Identifier;
  readonly asset_token: string;
  readonly resume_token: string;
  readonly colour: string;
  readonly notice: "Research use, not a medical device";
}

const checkWelcome: Check = record(
  {
    type: oneOf("welcome"),
    protocol_version: number({ integer: true }),
    client_id: checkIdentifier,
    asset_token: text(),
    resume_token: text(),
    colour: text(),
    notice: oneOf("Research use, not a medical device"),
  },
);

/** The scene to show. */
export interface Scene {
  readonly type: "scene";
  readonly manifest: SceneManifest;
}

const checkScene: Check = record(
  {
    type: oneOf("scene"),
    manifest: checkSceneManifest,
  },
);

/** The whole committed plan at a revision; replaces what the client had. */
export interface PlanState {
  readonly type: "plan";
  readonly revision: Revision;
  readonly resections: readonly PlaneResectionState[];
}

const checkPlanState: Check = record(
  {
    type: oneOf("plan"),
    revision: checkRevision,
    resections: list(checkPlaneResectionState),
  },
);

/** Everybody in the session. */
export interface People {
  readonly type: "people";
  readonly people: readonly PersonState[];
}

const checkPeople: Check = record(
  {
    type: oneOf("people"),
    people: list(checkPersonState),
  },
);

/** Another person's hand moved. */
export interface ResectionPreviewed {
  readonly type: "resection.previewed";
  readonly client_id: Identifier;
  readonly sequence: number;
  readonly resection: PlaneResectionState;
}

const checkResectionPreviewed: Check = record(
  {
    type: oneOf("resection.previewed"),
    client_id: checkIdentifier,
    sequence: number({ integer: true }),
    resection: checkPlaneResectionState,
  },
);

/** A drag ended: show what is committed. After a commit it follows the new plan. */
export interface PreviewCancelled {
  readonly type: "resection.cancelled";
  readonly client_id: Identifier;
  readonly resection_id: Identifier;
}

const checkPreviewCancelled: Check = record(
  {
    type: oneOf("resection.cancelled"),
    client_id: checkIdentifier,
    resection_id: checkIdentifier,
  },
);

/** The answer to a plan. For a preview, `preview_by` and `sequence` say which; for a commit both are null. */
export interface Numbers {
  readonly type: "numbers";
  readonly revision: Revision;
  readonly preview_by: Identifier | null;
  readonly sequence: number | null;
  readonly numbers: PlanNumbers;
}

const checkNumbers: Check = record(
  {
    type: oneOf("numbers"),
    revision: checkRevision,
    preview_by: nullable(checkIdentifier),
    sequence: nullable(number({ integer: true })),
    numbers: checkPlanNumbers,
  },
);

/** The operation is durable; it produced `revision`. */
export interface Committed {
  readonly type: "committed";
  readonly operation_id: Identifier;
  readonly revision: Revision;
}

const checkCommitted: Check = record(
  {
    type: oneOf("committed"),
    operation_id: checkIdentifier,
    revision: checkRevision,
  },
);

/** An operation or preview was refused; the `plan` that holds is sent after it. */
export interface Rejected {
  readonly type: "rejected";
  readonly operation_id: Identifier | null;
  readonly code: "stale" | "held" | "invalid" | "unknown_resection" | "not_saved";
  readonly message: string;
  readonly cure: string;
}

const checkRejected: Check = record(
  {
    type: oneOf("rejected"),
    operation_id: nullable(checkIdentifier),
    code: oneOf("stale", "held", "invalid", "unknown_resection", "not_saved"),
    message: text(),
    cure: text(),
  },
);

/** The server refuses the connection or the message; the socket is closed if `fatal`. */
export interface Fault {
  readonly type: "fault";
  readonly code: string;
  readonly message: string;
  readonly cure: string;
  readonly fatal: boolean;
}

const checkFault: Check = record(
  {
    type: oneOf("fault"),
    code: text(),
    message: text(),
    cure: text(),
    fatal: truth,
  },
);

/** Echo of `ping`. */
export interface Pong {
  readonly type: "pong";
  readonly sent_ms: number;
}

const checkPong: Check = record(
  {
    type: oneOf("pong"),
    sent_ms: number(),
  },
);

/** First message on the asset socket. */
export interface AssetHello {
  readonly type: "asset.hello";
  readonly asset_token: string;
}

const checkAssetHello: Check = record(
  {
    type: oneOf("asset.hello"),
    asset_token: text(),
  },
);

/** Asks for an asset from `offset` on; a lower `priority` number comes first and may be sent again to change it. */
export interface AssetRequest {
  readonly type: "asset.request";
  readonly request_id: number;
  readonly asset: Sha256;
  readonly offset?: number;
  readonly priority?: number;
}

const checkAssetRequest: Check = record(
  {
    type: oneOf("asset.request"),
    request_id: number({ integer: true, min: 1, max: 4294967295 }),
    asset: checkSha256,
  },
  {
    offset: number({ integer: true, min: 0 }),
    priority: number(),
  },
);

/** The asset is no longer wanted. */
export interface AssetCancel {
  readonly type: "asset.cancel";
  readonly request_id: number;
}

const checkAssetCancel: Check = record(
  {
    type: oneOf("asset.cancel"),
    request_id: number({ integer: true }),
  },
);

/** The client consumed so many payload bytes and can take as many more. */
export interface AssetCredit {
  readonly type: "asset.credit";
  readonly bytes: number;
}

const checkAssetCredit: Check = record(
  {
    type: oneOf("asset.credit"),
    bytes: number({ integer: true, min: 1, max: 16777216 }),
  },
);

/** A request cannot be served; no chunk follows for it. */
export interface AssetRefused {
  readonly type: "asset.refused";
  readonly request_id: number;
  readonly code: "unknown_asset" | "bad_offset" | "too_many_requests";
  readonly message: string;
  readonly cure: string;
}

const checkAssetRefused: Check = record(
  {
    type: oneOf("asset.refused"),
    request_id: number({ integer: true }),
    code: oneOf("unknown_asset", "bad_offset", "too_many_requests"),
    message: text(),
    cure: text(),
  },
);

/** What a client sends on the control socket. */
export type ClientMessage =
  | Hello
  | Ping
  | CancelPreview
  | CommitResection
  | PreviewResection
  | RemoveResection;

const checkClientMessage: Check = tagged({
  "hello": checkHello,
  "ping": checkPing,
  "resection.cancel": checkCancelPreview,
  "resection.commit": checkCommitResection,
  "resection.preview": checkPreviewResection,
  "resection.remove": checkRemoveResection,
});

/** Checks parsed JSON. @throws ProtocolError where it is no ClientMessage. */
export function parseClientMessage(value: unknown): ClientMessage {
  checkClientMessage(value, "ClientMessage");
  return value as ClientMessage;
}

/** What the server sends on the control socket. */
export type ServerMessage =
  | Committed
  | Fault
  | Numbers
  | People
  | PlanState
  | Pong
  | Rejected
  | PreviewCancelled
  | ResectionPreviewed
  | Scene
  | Welcome;

const checkServerMessage: Check = tagged({
  "committed": checkCommitted,
  "fault": checkFault,
  "numbers": checkNumbers,
  "people": checkPeople,
  "plan": checkPlanState,
  "pong": checkPong,
  "rejected": checkRejected,
  "resection.cancelled": checkPreviewCancelled,
  "resection.previewed": checkResectionPreviewed,
  "scene": checkScene,
  "welcome": checkWelcome,
});

/** Checks parsed JSON. @throws ProtocolError where it is no ServerMessage. */
export function parseServerMessage(value: unknown): ServerMessage {
  checkServerMessage(value, "ServerMessage");
  return value as ServerMessage;
}

/** What a client sends on the asset socket. */
export type AssetMessage =
  | AssetCancel
  | AssetCredit
  | AssetHello
  | AssetRequest;

const checkAssetMessage: Check = tagged({
  "asset.cancel": checkAssetCancel,
  "asset.credit": checkAssetCredit,
  "asset.hello": checkAssetHello,
  "asset.request": checkAssetRequest,
});

/** Checks parsed JSON. @throws ProtocolError where it is no AssetMessage. */
export function parseAssetMessage(value: unknown): AssetMessage {
  checkAssetMessage(value, "AssetMessage");
  return value as AssetMessage;
}

/** Text frames of the server on the asset socket; binary frames are chunks. */
export type AssetServerMessage =
  | AssetRefused
  | Fault;

const checkAssetServerMessage: Check = tagged({
  "asset.refused": checkAssetRefused,
  "fault": checkFault,
});

/** Checks parsed JSON. @throws ProtocolError where it is no AssetServerMessage. */
export function parseAssetServerMessage(value: unknown): AssetServerMessage {
  checkAssetServerMessage(value, "AssetServerMessage");
  return value as AssetServerMessage;
}

/** Checks parsed JSON. @throws ProtocolError where it is no CaseList. */
export function parseCaseList(value: unknown): CaseList {
  checkCaseList(value, "CaseList");
  return value as CaseList;
}

/** Checks parsed JSON. @throws ProtocolError where it is no Invite. */
export function parseInvite(value: unknown): Invite {
  checkInvite(value, "Invite");
  return value as Invite;
}
