// Generated from streaming/protocol/ by `make protocol`. Do not edit: change the Python models.

import { type Check, list, nullable, number, oneOf, record, tagged, text, truth, tuple } from "./protocol-checks";

export const PROTOCOL_VERSION = 5;
/** The plan that every case has from the start. */
export const FIRST_PLAN_ID = "plan-1";
export const NOTICE = "Research use, not a medical device";
/** Bytes before the payload of a binary frame: four little-endian uint32. */
export const ASSET_CHUNK_HEADER_BYTES = 16;
export const ASSET_CHUNK_BYTES = 65536;
/** Payload bytes the server may have under way before the client grants more. */
export const ASSET_CREDIT_BYTES = 262144;
export const CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
export const CODE_LENGTH = 6;
/** How many people can talk with one another at once. */
export const VOICE_PLACES = 6;
/** By the type of a message, the least role that may send it; the server judges by the same table. */
export const LEAST_ROLE: Readonly<Record<(ClientMessage | AssetMessage)["type"], Role>> = {
  hello: "viewer",
  ping: "viewer",
  "plans.compare": "viewer",
  "resectogram.ask": "viewer",
  "parts.ask": "viewer",
  "parts.cancel": "viewer",
  "resection.preview": "editor",
  "resection.cancel": "editor",
  "resection.commit": "editor",
  "resection.remove": "editor",
  "resection.through_line": "editor",
  "resection.around_tumour": "editor",
  "resection.territory": "editor",
  "proposals.ask": "editor",
  "proposals.cancel": "editor",
  "proposals.take": "editor",
  "plan.replace": "editor",
  "plan.create": "editor",
  "plan.rename": "editor",
  "plan.remove": "editor",
  "plan.version": "editor",
  "plan.restore": "editor",
  "plan.propose": "editor",
  "plan.withdraw": "editor",
  "plan.confirm": "owner",
  "plan.look": "viewer",
  "presence.move": "viewer",
  "presence.raise": "viewer",
  "presence.present": "editor",
  "voice.join": "viewer",
  "voice.leave": "viewer",
  "voice.signal": "viewer",
  "voice.mute": "viewer",
  "presence.gather": "editor",
  "presence.record": "owner",
  "body.set": "editor",
  "measurement.set": "editor",
  "measurement.remove": "editor",
  "pin.set": "editor",
  "pin.remove": "editor",
  "edit.undo": "editor",
  "edit.redo": "editor",
  "asset.hello": "viewer",
  "asset.request": "viewer",
  "asset.cancel": "viewer",
  "asset.credit": "viewer",
};
/** What the server says to people, by its code: what happened and the cure, {} where a value is. */
export const SENTENCES = {
  "stale": ["Somebody else changed this in the meantime.", "Look at the plan as it is now and make the change again."],
  "future_revision": ["The change names a revision that does not exist.", "Reload the page."],
  "unknown_note": ["This measurement or pin does not exist.", "It may have been deleted."],
  "unknown_resection": ["This resection does not exist.", "It may have been deleted."],
  "unknown_plan": ["This plan does not exist.", "It may have been removed: choose another one."],
  "unknown_version": ["This version does not exist.", "Choose one from the list."],
  "unknown_proposal": ["This proposal is not among the newest ones.", "Ask for proposals again."],
  "too_many_resections": ["A plan has at most {} resections.", "Delete one first."],
  "too_many_notes": ["A plan has at most {} measurements and pins.", "Delete one that is not needed."],
  "too_many_versions": ["A plan has at most {} versions.", "Go on in a copy of the plan."],
  "too_many_plans": ["A case has at most {} plans.", "Remove one first."],
  "last_plan": ["The last plan cannot be removed.", "Make another one first, or take its cuts out."],
  "plan_id_used": ["There is a plan with this id.", "Give the new one its own."],
  "other_plan": ["This belongs to another plan.", "Give yours its own id."],
  "same_ids": ["Two resections have the same id.", "Give each its own."],
  "operation_used": ["This operation id was used for another change.", "Use a new id."],
  "name_in_use": ["Another plan has this name.", "Give it a name of its own, so that nobody mistakes them."],
  "numbers_pending": ["The numbers of this plan are still being computed.", "Try again in a moment."],
  "signed_already": ["The plan is signed as it is.", "Change it, or withdraw the signature, to propose anew."],
  "not_proposed": ["The plan is not proposed, or was changed since.", "Propose it first."],
  "not_signed": ["The plan is a draft already.", "There is nothing to withdraw."],
  "signature_outdated": ["The segmentation was corrected since the plan was proposed.", "Look at its numbers again, then propose it anew."],
  "still_making": ["Your earlier resections are still being made.", "Wait a moment and try again."],
  "nothing_to_undo": ["There is nothing of yours to undo.", "Make a change first."],
  "nothing_to_redo": ["There is nothing of yours to redo.", "Only what was just undone can come back."],
  "overtaken_by_you": ["You {} later: the way to {} \"{}\" is closed.", "Make the change by hand. The next press goes on with what you did before."],
  "overtaken": ["{} after you. To {} \"{}\" would undo their work.", "Ask {} to undo it first, or make the change by hand."],
  "no_segments": ["This case has no segments and no vessel territories.", "Prepare the case again with its vessels, or cut by a plane or a surface."],
  "no_such_segment": ["This liver has no segment {}.", "Choose one from the list."],
  "no_such_branch": ["This liver has no portal branch {}.", "Point at another branch."],
  "no_such_territory": ["This liver has no territory of that name.", "Choose one from the list."],
  "no_such_tumour": ["This case has no such tumour.", "Point at a tumour that is shown."],
  "wedge_margin": ["The margin of a wedge is not between 0 and 100 mm.", "Give margin_mm in millimetres in this range."],
  "line_of_points": ["The line has {} points that can be used.", "Draw a line of at least {}."],
  "line_short": ["The line is shorter than 5 mm.", "Draw it across the part to be cut."],
  "line_inwards": ["The line runs straight into the liver.", "Draw it along the liver's surface."],
  "pin_without_text": ["The pin has no text.", "Write what it points at, such as 'keep this vein'."],
  "pin_too_long": ["The text of a pin has {} letters.", "Shorten it to {} or fewer."],
  "pin_letters": ["The text of a pin holds letters that cannot be shown.", "Write it in one plain line."],
  "ends_same": ["Both ends of the measurement are the same place.", "Put the points farther apart."],
  "arm_without_length": ["An arm of the angle has no length.", "Put the points farther apart."],
  "ends_same_on_vessel": ["Both ends are the same place of the vessel.", "Put the points farther apart."],
  "end_off_vessel": ["An end of the measurement is on no vessel.", "Put both ends on vessels: they snap to the centre line under the pointer."],
  "ends_on_two_trees": ["The ends are on different trees: one on the portal vein, one on a hepatic vein.", "Put both ends on the same tree, or measure the straight distance."],
  "ends_not_connected": ["The ends are on veins that are not connected within the liver.", "Put both ends on branches of the same vein, or measure the straight distance."],
  "no_trees_to_measure": ["This case has no vessel trees to measure along.", "Measure the straight distance, or prepare it anew."],
  "point_outside": ["A point lies outside of the scan.", "Give points in patient millimetres (LPS), on the anatomy."],
  "measured_tumour_gone": ["The tumour of this measurement is not in the case.", "Delete the measurement."],
  "measured_cut_gone": ["The cut of this measurement is gone.", "Delete the measurement, or undo."],
  "no_cut_surface": ["There is no cut surface to measure.", "Add a cut that goes through the liver."],
  "plan_without_cuts": ["The plan has no resections.", "Add at least one plane to 'resections'."],
  "liver_in_one_part": ["The plan leaves the liver in one part.", "Move a cut into the liver."],
  "cutting_ended": ["The process that cuts surfaces has ended.", "Ask again."],
  "cut_gone": ["The plan has no such cut any more.", "Choose another cut."],
  "cut_misses": ["Resection {} does not cut the liver.", "Move it into the liver."],
  "cut_takes_all": ["Resection {} takes all of the liver or nothing: there is no cut to lay flat.", "Choose other segments or branches."],
  "mistake_here": ["The server made a mistake over this.", "Try another way, and send the log."],
  "mistake_in_plan": ["The server made a mistake over this plan.", "Change the plan a little, and send the server's log."],
  "mistake": ["The server made a mistake.", "Reload the page."],
  "case_not_opened": ["The case could not be opened.", "See the server's log, or prepare the case again."],
  "not_saved": ["The change could not be saved.", "Free disk space, then make the change again."],
  "earlier_not_saved": ["An earlier change could not be saved.", "Make the change again."],
  "too_slow": ["Your connection cannot keep up.", "Reconnect, perhaps on a better network."],
  "replaced": ["You connected again elsewhere.", "Go on in the newer window."],
  "case_closed": ["The case was closed.", "Reload the page."],
  "stopping": ["The server is stopping.", "Reconnect in a moment."],
  "flooding": ["Your page sent too much for too long.", "Reload it, and report this if it happens again."],
  "not_of_protocol": ["The message is not one of the protocol.", "Reload the page: it may be older than the server."],
  "other_version": ["The server speaks version {} of the protocol, the page another.", "Reload the page."],
  "other_case": ["Your invitation is to another case.", "Open the case you were invited to, or ask for an invitation to this one."],
  "not_you": ["The server could not make sure that you are who you were before.", "You go on as somebody new; what you did stays in the plan."],
  "not_in": ["You are not in yet.", "Open the link or type the code that an owner gave you."],
  "not_allowed": ["Your role may not do this.", "Ask an owner."],
  "owners_only": ["Only an owner of the session may do this.", "Ask an owner."],
  "viewers_change_nothing": ["You are a viewer: you see everything live, and change nothing.", "Ask an owner of the session to make you an editor."],
  "held": ["{} is moving this resection.", "Wait until they let go."],
  "hello_late": ["Your page did not say who it is in time.", "It tries again by itself; close other heavy pages if it goes on."],
  "hello_twice": ["This connection said hello before.", "Send it once."],
  "not_in_voice": ["You are not in the voice room.", "Join it first."],
  "may_not_mute": ["Only an owner, or who presents, may mute somebody else.", "Ask them, or turn them down on your own device."],
  "not_presenting": ["Who presents or owns the session brings everybody to their view.", "Show everybody your view first."],
  "case_corrected": ["The case was corrected meanwhile.", "Ask again."],
  "case_corrected_note": ["The case was corrected since: ask again.", ""],
  "no_tumour": ["The case has no tumour to plan around.", "Mark the tumour in the segmentation, or plan by hand."],
  "none_leaves": ["No plan found leaves {} % with {} mm of margin; the most that one left is {} %.", "Ask for a smaller margin or remnant, spare fewer vessels, or plan by hand."],
  "none_leaves_without": ["No plan found leaves {} % with {} mm of margin around all tumours; the most that one left is {} %.", "Without tumour {} {} % would be left; or ask for a smaller margin or remnant."],
  "none_spares": ["Every plan found that takes tumour {} with {} mm of margin cuts a vessel that is to be spared.", "Spare fewer vessels, ask for a smaller margin, or leave tumour {} out."],
  "none_takes": ["No plan found takes tumour {} with {} mm of margin.", "Ask for a smaller margin or remnant, spare fewer vessels, or plan by hand."],
  "one_leaves_too_little": ["Tumour {} alone leaves {} % at most, of {} % asked for, and less margin does not help.", "Leave tumour {} out, or ask for a smaller remnant."],
  "one_needs_margin": ["Tumour {} alone, taken with {} mm of margin, leaves {} % at most, of {} % asked for.", "Leave tumour {} out, or ask for {} mm of margin: {} % are left then."],
  "why.only": ["The only plan found within the limits: {} % remnant, {} mm margin, {} cm\u00b2 of cut", ""],
  "why.only_functional": ["The only plan found within the limits: {} % functional remnant, {} mm margin, {} cm\u00b2 of cut", ""],
  "why.most": ["keeps the largest remnant ({} %)", ""],
  "why.most_functional": ["keeps the largest functional remnant ({} %)", ""],
  "why.as_much": ["keeps as much remnant as any ({} %)", ""],
  "why.as_much_functional": ["keeps as much functional remnant as any ({} %)", ""],
  "why.less": ["keeps {} % remnant, {} points less than the most", ""],
  "why.less_functional": ["keeps {} % functional remnant, {} points less than the most", ""],
  "why.widest_margin": ["has the widest margin ({} mm)", ""],
  "why.smallest_cut": ["has the smallest cut surface ({} cm\u00b2)", ""],
  "why.least_vessel": ["cuts the least vessel ({} mm of calibre in all)", ""],
  "why.more_margin": ["{} mm more margin than the plan that keeps most", ""],
  "why.less_cut": ["{} cm\u00b2 less cut surface than the plan that keeps most", ""],
  "why.less_calibre": ["{} mm less calibre cut than the plan that keeps most", ""],
  "why.another": ["is another way to take the tumours", ""],
  "why.no_vessel": ["cuts no vessel that was seen", ""],
  "why.vessel": ["the largest vessel cut: {} ({} mm)", ""],
  "invite_revoked": ["The invitation you came by was revoked.", "Ask an owner of the session for a new code."],
  "removed": ["An owner removed you from the session.", "Ask them whether you should come back."],
  "invite_over": ["Your invitation has ended.", "Ask an owner of the session for a new code."],
  "wrong_code": ["No invitation has this code.", "Compare it with what the owner sees. Codes end, and can be revoked."],
  "wrong_link": ["No invitation has this link.", "Ask for a new link or a code."],
  "wrong_key": ["This is not the server's link.", "Open the link that `cantlie serve` shows now."],
  "too_many_guesses": ["Too many wrong codes came in.", "Try again in {} seconds, or open the invitation's link."],
  "not_your_case": ["You are not an owner of that case.", "Ask one of its owners."],
  "person_gone": ["That person is not here any more.", "Look again."],
  "invite_gone": ["That invitation has ended.", "Look again."],
  "no_case": ["There is no such case.", "Go to the start."],
  "yourself": ["Nobody changes their own role or removes themselves.", "Ask another owner, or close the window."],
  "at_the_server": ["This person sits at the server's own computer and stays owner.", "Close the window there."],
  "no_invitation": ["You came without an invitation.", "Your name stays as it is."],
  "request_malformed": ["The request is not one of the protocol.", "Reload the page."],
  "no_page": ["There is no such page.", "Go to the start."],
  "request_too_large": ["The request is too large.", "Send less."],
  "nothing_recorded": ["Nothing is recorded there.", "Reload the page."],
  "asset_token": ["The asset token is not valid.", "Open the control socket first."],
  "case.no_vessels": ["No vessels were found in the liver.", ""],
  "case.usual_place": ["The portal trunk or the mouth of the hepatic veins was not found; portal and hepatic veins are told apart by their usual place. Check them.", ""],
  "case.told_apart_unsure": ["Nothing given tells portal from hepatic veins; they were told apart by where they lead, and {} of {} branches are unsure. Check them.", ""],
  "case.told_apart": ["Nothing given tells portal from hepatic veins; they were told apart by where they lead. Check them.", ""],
  "case.specks": ["{} isolated bits of vessel are part of no tree.", ""],
  "case.no_cava": ["The vena cava was not found: the segments' upright planes are placed by the liver's shape.", ""],
  "case.no_bifurcation": ["The portal bifurcation was not found: upper and lower segments are parted at half the liver's height.", ""],
  "case.no_right_vein": ["The right hepatic vein was not found: its plane is placed by landmarks.", ""],
  "case.no_middle_vein": ["The middle hepatic vein was not found: its plane is placed by landmarks.", ""],
  "case.thick_slices": ["The slices are {} mm apart: vessels thinner than about {} mm and tumours smaller than about {} mm can be missed, and the vessel trees end early.", ""],
  "case.cut_off": ["The liver is cut off at the {} of the scan: {} cm2 of its surface, {} %, lie on the edge. Its volume is too small, and what lies beyond cannot be planned.", ""],
  "case.unusual_size": ["The liver measures {} mL, outside the usual {} to {} mL. Check its outline.", ""],
  "case.other_series": ["{} other CT series have uneven or missing slices and were left out.", ""],
  "case.other_grid": ["The segmentation lies on another grid; the nearest voxel was taken, so volumes may differ.", ""],
  "case.outside_scan": ["{} % of a segment lies outside the scan and was left out.", ""],
  "case.less_memory": ["{} ran out of memory; the networks looked at smaller parts of the scan at a time.", ""],
  "case.gpu_memory": ["The GPU ran out of memory; the CPU finished the segmentation.", ""],
  "deed.undo": ["undo a change of {}", ""],
  "deed.redo": ["redo a change of {}", ""],
  "deed.margin": ["change the margin of {}", ""],
  "deed.segments": ["change the segments of {}", ""],
  "deed.add": ["add {}", ""],
  "deed.move": ["move {}", ""],
  "deed.turn": ["turn {}", ""],
  "deed.flip": ["flip {}", ""],
  "deed.bend": ["bend {}", ""],
  "deed.reshape": ["reshape {}", ""],
  "deed.change": ["change {}", ""],
  "deed.remove": ["remove {}", ""],
  "deed.replace": ["replace {}", ""],
  "deed.make": ["make {}", ""],
  "deed.rename": ["rename {}", ""],
  "deed.keep": ["keep {}", ""],
  "deed.confirm": ["confirm {}", ""],
  "deed.propose": ["propose {}", ""],
  "deed.withdraw": ["withdraw {}", ""],
  "deed.take_out": ["take out {}", ""],
  "deed.enter": ["enter {}", ""],
  "thing.cut": ["cut {}", ""],
  "thing.a_cut": ["a cut", ""],
  "thing.plan": ["the plan", ""],
  "thing.plan_to": ["the plan to {}", ""],
  "thing.plan_called": ["the plan {}", ""],
  "thing.version": ["the version {}", ""],
  "thing.signature": ["the signature of the plan", ""],
  "thing.body": ["height and weight", ""],
  "thing.distance": ["the distance", ""],
  "thing.angle": ["the angle", ""],
  "thing.diameter": ["the diameter", ""],
  "thing.tumour": ["the tumour's diameter", ""],
  "thing.vessel": ["the length along a vessel", ""],
  "thing.area": ["the area of the cut", ""],
  "thing.pin": ["the pin '{}'", ""],
  "thing.note": ["a note", ""],
} as const;

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

export type Role = "viewer" | "editor" | "owner";

const checkRole: Check = oneOf("viewer", "editor", "owner");

export type Detail = "full" | "half";

const checkDetail: Check = oneOf("full", "half");

export type BranchNumber = number;

const checkBranchNumber: Check = number({ integer: true, min: 1, max: 65535 });

export type SegmentValue = number;

const checkSegmentValue: Check = number({ integer: true, min: 1, max: 255 });

export type VesselTree = "portal" | "hepatic";

const checkVesselTree: Check = oneOf("portal", "hepatic");

/** A sentence by its code, for clients to word; numbers among the values are written as in English. */
export interface Sentence {
  readonly code: string;
  readonly values?: readonly string[];
}

const checkSentence: Check = record(
  {
    code: text(),
  },
  {
    values: list(text()),
  },
);

/** Base of what is said to a person; `said` is the sentence where it was said by its code (`sentence`). */
export interface Spoken {
  readonly message: string;
  readonly cure: string;
  readonly said?: Sentence | null;
}

const checkSpoken: Check = record(
  {
    message: text(),
    cure: text(),
  },
  {
    said: nullable(checkSentence),
  },
);

export type Millimetres = number;

const checkMillimetres: Check = number({ max: 1000, above: 0 });

export type MarginMm = number;

const checkMarginMm: Check = number({ min: 0, max: 100 });

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

/**
 * A bicubic Bezier surface: 4 x 4 control points, row by row.
 *
 * With point 4 r + c, u runs along a row (c) and v from row to row (r). Resected is the side that the frame's normal,
 * u x v from the corners, points to: (15 - 0) x (12 - 3).
 */
export interface SurfaceResectionState {
  readonly resection_id: Identifier;
  readonly kind: "surface";
  readonly control_points_lps_mm: readonly PointLps[];
}

const checkSurfaceResectionState: Check = record(
  {
    resection_id: checkIdentifier,
    kind: oneOf("surface"),
    control_points_lps_mm: list(checkPointLps, { min: 16, max: 16 }),
  },
);

/** Inside is resected; `axis_lps` is the axis of revolution. */
export interface SpheroidShape {
  readonly shape: "spheroid";
  readonly centre_lps_mm: PointLps;
  readonly axis_lps: PointLps;
  readonly radius_along_mm: Millimetres;
  readonly radius_across_mm: Millimetres;
}

const checkSpheroidShape: Check = record(
  {
    shape: oneOf("spheroid"),
    centre_lps_mm: checkPointLps,
    axis_lps: checkPointLps,
    radius_along_mm: checkMillimetres,
    radius_across_mm: checkMillimetres,
  },
);

/** Inside is resected: from the apex, the deepest point, along `axis_lps` to a flat base at `depth_mm`. */
export interface ConeShape {
  readonly shape: "cone";
  readonly apex_lps_mm: PointLps;
  readonly axis_lps: PointLps;
  readonly half_angle_degrees: number;
  readonly depth_mm: Millimetres;
}

const checkConeShape: Check = record(
  {
    shape: oneOf("cone"),
    apex_lps_mm: checkPointLps,
    axis_lps: checkPointLps,
    half_angle_degrees: number({ min: 1, max: 89 }),
    depth_mm: checkMillimetres,
  },
);

export type WedgeShape = SpheroidShape | ConeShape;

const checkWedgeShape: Check = tagged(
  {
    cone: checkConeShape,
    spheroid: checkSpheroidShape,
  },
  "shape",
);

/** A piece around a tumour. `tumour` and `margin_mm` say what it was made around, the geometry says what is cut. */
export interface WedgeResectionState {
  readonly resection_id: Identifier;
  readonly kind: "wedge";
  readonly geometry: WedgeShape;
  readonly tumour: Identifier | null;
  readonly margin_mm: MarginMm | null;
}

const checkWedgeResectionState: Check = record(
  {
    resection_id: checkIdentifier,
    kind: oneOf("wedge"),
    geometry: checkWedgeShape,
    tumour: nullable(checkIdentifier),
    margin_mm: nullable(checkMarginMm),
  },
);

/** Couinaud segments and portal branches' territories; a branch takes all that leaves it with it. */
export interface TerritoryResectionState {
  readonly resection_id: Identifier;
  readonly kind: "territory";
  readonly segments: readonly SegmentValue[];
  readonly portal_branches: readonly BranchNumber[];
}

const checkTerritoryResectionState: Check = record(
  {
    resection_id: checkIdentifier,
    kind: oneOf("territory"),
    segments: list(checkSegmentValue, { max: 32 }),
    portal_branches: list(checkBranchNumber, { max: 256 }),
  },
);

export type ResectionState = PlaneResectionState | SurfaceResectionState | WedgeResectionState | TerritoryResectionState;

const checkResectionState: Check = tagged(
  {
    plane: checkPlaneResectionState,
    surface: checkSurfaceResectionState,
    territory: checkTerritoryResectionState,
    wedge: checkWedgeResectionState,
  },
  "kind",
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

/**
 * Distances from the tumour to the cut, mm; null when the plan has no cut surface, or not computed yet.
 *
 * `under_1_mm2`, `under_5_mm2` and `under_10_mm2` are the areas of the cut nearer to the tumour than that.
 */
export interface TumourMargin {
  readonly tumour: string;
  readonly status: "resected" | "remnant" | "crossed";
  readonly minimum_mm: number | null;
  readonly nearest_lps_mm: PointLps | null;
  readonly fifth_percentile_mm: number | null;
  readonly under_1_mm2: number | null;
  readonly under_5_mm2: number | null;
  readonly under_10_mm2: number | null;
}

const checkTumourMargin: Check = record(
  {
    tumour: text(),
    status: oneOf("resected", "remnant", "crossed"),
    minimum_mm: nullable(number()),
    nearest_lps_mm: nullable(checkPointLps),
    fifth_percentile_mm: nullable(number()),
    under_1_mm2: nullable(number()),
    under_5_mm2: nullable(number()),
    under_10_mm2: nullable(number()),
  },
);

/** Where the cut goes through a vessel, seen in the voxels. */
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

/** Liver that a vessel branch no longer serves, millilitres. */
export interface BranchVolume {
  readonly branch: BranchNumber;
  readonly name: string;
  readonly title: string;
  readonly volume_ml: number;
}

const checkBranchVolume: Check = record(
  {
    branch: checkBranchNumber,
    name: text(),
    title: text(),
    volume_ml: number(),
  },
);

/**
 * What of the remnant still works: supplied by portal and drained by hepatic veins.
 *
 * `functional_flr_percent` is `numerator_ml` of `denominator_ml`, both named. What needs a tree that the case lacks
 * is null. functional + devascularised + congested - both + not assigned = remnant. `direct_ml` is segment I,
 * drained straight into the vena cava; `unsure_ml` lies in territories that are a guess; the fate of `unseen_ml`
 * rests on a link between vessels that the scan does not show. The lists by branch are null while dragging.
 */
export interface FunctionNumbers {
  readonly functional_flr_percent: number | null;
  readonly functional_flr_tumour_free_percent: number | null;
  readonly numerator: string;
  readonly denominator: string;
  readonly numerator_ml: number | null;
  readonly denominator_ml: number | null;
  readonly functional_ml: number | null;
  readonly devascularised_ml: number | null;
  readonly congested_ml: number | null;
  readonly both_ml: number | null;
  readonly not_assigned_ml: number;
  readonly direct_ml: number;
  readonly unsure_ml: number;
  readonly unseen_ml: number;
  readonly devascularised_by_branch: readonly BranchVolume[] | null;
  readonly congested_by_branch: readonly BranchVolume[] | null;
}

const checkFunctionNumbers: Check = record(
  {
    functional_flr_percent: nullable(number()),
    functional_flr_tumour_free_percent: nullable(number()),
    numerator: text(),
    denominator: text(),
    numerator_ml: nullable(number()),
    denominator_ml: nullable(number()),
    functional_ml: nullable(number()),
    devascularised_ml: nullable(number()),
    congested_ml: nullable(number()),
    both_ml: nullable(number()),
    not_assigned_ml: number(),
    direct_ml: number(),
    unsure_ml: number(),
    unseen_ml: number(),
    devascularised_by_branch: nullable(list(checkBranchVolume)),
    congested_by_branch: nullable(list(checkBranchVolume)),
  },
);

/**
 * A place where the cut goes through a branch.
 *
 * `severs` is false where another cut nearer to the root took it already. `territory_ml` lies beyond this place,
 * `remnant_lost_ml` of it remains without supply or drainage.
 */
export interface CutBranch {
  readonly branch: BranchNumber;
  readonly tree: VesselTree;
  readonly name: string;
  readonly title: string;
  readonly calibre_mm: number;
  readonly position_lps_mm: PointLps;
  readonly severs: boolean;
  readonly territory_ml: number;
  readonly remnant_lost_ml: number;
}

const checkCutBranch: Check = record(
  {
    branch: checkBranchNumber,
    tree: checkVesselTree,
    name: text(),
    title: text(),
    calibre_mm: number(),
    position_lps_mm: checkPointLps,
    severs: truth,
    territory_ml: number(),
    remnant_lost_ml: number(),
  },
);

/** A connected part of one side of the cut liver; an islet was cut off from the largest piece of its side. */
export interface Piece {
  readonly side: "resected" | "remnant";
  readonly volume_ml: number;
  readonly centre_lps_mm: PointLps;
  readonly is_islet: boolean;
}

const checkPiece: Check = record(
  {
    side: oneOf("resected", "remnant"),
    volume_ml: number(),
    centre_lps_mm: checkPointLps,
    is_islet: truth,
  },
);

/** How near the cut comes to an organ, a vessel's stem or a landmark; `nearest_lps_mm` lies on the cut. */
export interface Surrounding {
  readonly name: string;
  readonly title: string;
  readonly kind: "organ" | "vessel" | "landmark";
  readonly is_touched: boolean;
  readonly distance_mm: number;
  readonly nearest_lps_mm: PointLps;
}

const checkSurrounding: Check = record(
  {
    name: text(),
    title: text(),
    kind: oneOf("organ", "vessel", "landmark"),
    is_touched: truth,
    distance_mm: number(),
    nearest_lps_mm: checkPointLps,
  },
);

/**
 * The 95 % interval of one number; `of` is the structure, tumour or surrounding it is about.
 *
 * "branch_N" is what the remnant loses by branch N, "cut_branch_N" and "piece_N" the N-th of those lists, from 1.
 *
 * Without "segmentation" among the `sources` the outlines are taken as they are drawn.
 */
export interface NumberInterval {
  readonly quantity: "total_ml" | "resected_ml" | "remnant_ml" | "flr_percent" | "flr_tumour_free_percent" | "functional_ml" | "functional_flr_percent" | "devascularised_ml" | "congested_ml" | "margin_mm" | "functional_flr_tumour_free_percent" | "margin_fifth_percentile_mm" | "cut_area_mm2" | "calibre_mm" | "distance_mm" | "piece_ml";
  readonly of: string;
  readonly low: number;
  readonly high: number;
  readonly sources?: readonly ("voxel_size" | "segmentation")[];
}

const checkNumberInterval: Check = record(
  {
    quantity: oneOf("total_ml", "resected_ml", "remnant_ml", "flr_percent", "flr_tumour_free_percent", "functional_ml", "functional_flr_percent", "devascularised_ml", "congested_ml", "margin_mm", "functional_flr_tumour_free_percent", "margin_fifth_percentile_mm", "cut_area_mm2", "calibre_mm", "distance_mm", "piece_ml"),
    of: text(),
    low: number(),
    high: number(),
  },
  {
    sources: list(oneOf("voxel_size", "segmentation")),
  },
);

/** A body's size, entered by a person; without a height nothing is estimated from body surface. */
export interface BodyState {
  readonly height_cm: number | null;
  readonly weight_kg: number;
}

const checkBodyState: Check = record(
  {
    height_cm: nullable(number({ min: 40, max: 250 })),
    weight_kg: number({ min: 2, max: 400 }),
  },
);

/**
 * A number made with height and weight.
 *
 * `meaning` says numerator, denominator, formula and source; null while dragging.
 */
export interface BodyNumber {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly digits: number;
  readonly meaning: string | null;
}

const checkBodyNumber: Check = record(
  {
    key: text(),
    title: text(),
    unit: text(),
    value: nullable(number()),
    low: nullable(number()),
    high: nullable(number()),
    digits: number({ integer: true }),
    meaning: nullable(text()),
  },
);

/** The answer to a plan; null is what was not computed (yet) or cannot be (no vessel trees, no body data). */
export interface PlanNumbers {
  readonly volumes: readonly StructureVolume[];
  readonly flr_percent: number | null;
  readonly flr_denominator: string;
  readonly flr_tumour_free_percent: number | null;
  readonly margins: readonly TumourMargin[];
  readonly margin_uncertainty_mm: number;
  readonly function: FunctionNumbers | null;
  readonly cut_branches: readonly CutBranch[] | null;
  readonly vessels_crossed: readonly VesselCrossing[] | null;
  readonly cut_area_mm2: number | null;
  readonly pieces: readonly Piece[] | null;
  readonly surroundings: readonly Surrounding[] | null;
  readonly intervals: readonly NumberInterval[] | null;
  readonly body: readonly BodyNumber[] | null;
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
    function: nullable(checkFunctionNumbers),
    cut_branches: nullable(list(checkCutBranch)),
    vessels_crossed: nullable(list(checkVesselCrossing)),
    cut_area_mm2: nullable(number()),
    pieces: nullable(list(checkPiece)),
    surroundings: nullable(list(checkSurrounding)),
    intervals: nullable(list(checkNumberInterval)),
    body: nullable(list(checkBodyNumber)),
    notice: oneOf("Research use, not a medical device"),
  },
);

export type PinText = string;

const checkPinText: Check = text({ min: 1, max: 200 });

/** The straight line between two points. */
export interface DistanceState {
  readonly measurement_id: Identifier;
  readonly kind: "distance";
  readonly points_lps_mm: readonly [PointLps, PointLps];
}

const checkDistanceState: Check = record(
  {
    measurement_id: checkIdentifier,
    kind: oneOf("distance"),
    points_lps_mm: tuple(checkPointLps, checkPointLps),
  },
);

/** The angle at the second of three points. */
export interface AngleState {
  readonly measurement_id: Identifier;
  readonly kind: "angle";
  readonly points_lps_mm: readonly [PointLps, PointLps, PointLps];
}

const checkAngleState: Check = record(
  {
    measurement_id: checkIdentifier,
    kind: oneOf("angle"),
    points_lps_mm: tuple(checkPointLps, checkPointLps, checkPointLps),
  },
);

/** Across something, from one side to the other. */
export interface DiameterState {
  readonly measurement_id: Identifier;
  readonly kind: "diameter";
  readonly points_lps_mm: readonly [PointLps, PointLps];
}

const checkDiameterState: Check = record(
  {
    measurement_id: checkIdentifier,
    kind: oneOf("diameter"),
    points_lps_mm: tuple(checkPointLps, checkPointLps),
  },
);

/** The longest diameter of a tumour in an axial plane (RECIST 1.1). */
export interface TumourDiameterState {
  readonly measurement_id: Identifier;
  readonly kind: "tumour";
  readonly tumour: Identifier;
}

const checkTumourDiameterState: Check = record(
  {
    measurement_id: checkIdentifier,
    kind: oneOf("tumour"),
    tumour: checkIdentifier,
  },
);

/** Along the centre lines of one vessel tree between two points on them. */
export interface VesselLengthState {
  readonly measurement_id: Identifier;
  readonly kind: "vessel";
  readonly points_lps_mm: readonly [PointLps, PointLps];
}

const checkVesselLengthState: Check = record(
  {
    measurement_id: checkIdentifier,
    kind: oneOf("vessel"),
    points_lps_mm: tuple(checkPointLps, checkPointLps),
  },
);

/** Area in the liver of one resection's cut, or of all of the plan together where it names none. */
export interface CutAreaState {
  readonly measurement_id: Identifier;
  readonly kind: "area";
  readonly resection_id: Identifier | null;
}

const checkCutAreaState: Check = record(
  {
    measurement_id: checkIdentifier,
    kind: oneOf("area"),
    resection_id: nullable(checkIdentifier),
  },
);

export type MeasurementState = DistanceState | AngleState | DiameterState | TumourDiameterState | VesselLengthState | CutAreaState;

const checkMeasurementState: Check = tagged(
  {
    angle: checkAngleState,
    area: checkCutAreaState,
    diameter: checkDiameterState,
    distance: checkDistanceState,
    tumour: checkTumourDiameterState,
    vessel: checkVesselLengthState,
  },
  "kind",
);

/** A place with a word on it. No names, dates or numbers of patients belong there. */
export interface PinState {
  readonly pin_id: Identifier;
  readonly point_lps_mm: PointLps;
  readonly text: PinText;
}

const checkPinState: Check = record(
  {
    pin_id: checkIdentifier,
    point_lps_mm: checkPointLps,
    text: checkPinText,
  },
);

/** Who set it, as they were called and coloured then. */
export interface NoteAuthor {
  readonly client_id: Identifier;
  readonly display_name: string;
  readonly colour: string;
}

const checkNoteAuthor: Check = record(
  {
    client_id: checkIdentifier,
    display_name: text({ max: 40 }),
    colour: text({ max: 16 }),
  },
);

/** A measurement of the plan. */
export interface KeptMeasurement {
  readonly measurement: MeasurementState;
  readonly by: NoteAuthor;
}

const checkKeptMeasurement: Check = record(
  {
    measurement: checkMeasurementState,
    by: checkNoteAuthor,
  },
);

/** A pin of the plan. */
export interface KeptPin {
  readonly pin: PinState;
  readonly by: NoteAuthor;
}

const checkKeptPin: Check = record(
  {
    pin: checkPinState,
    by: checkNoteAuthor,
  },
);

/**
 * What a measurement comes to; `value` is null where it cannot be measured, and `message` says why.
 *
 * `line_lps_mm` is where it runs: the points, the tumour's ends, the centre line walked. The calibres are diameters of
 * the vessel along that line, null for everything else.
 */
export interface MeasuredValue {
  readonly measurement_id: Identifier;
  readonly value: number | null;
  readonly unit: "mm" | "degrees" | "cm2";
  readonly line_lps_mm: readonly PointLps[];
  readonly mean_calibre_mm: number | null;
  readonly least_calibre_mm: number | null;
  readonly message: string;
  readonly cure: string;
}

const checkMeasuredValue: Check = record(
  {
    measurement_id: checkIdentifier,
    value: nullable(number()),
    unit: oneOf("mm", "degrees", "cm2"),
    line_lps_mm: list(checkPointLps),
    mean_calibre_mm: nullable(number()),
    least_calibre_mm: nullable(number()),
    message: text(),
    cure: text(),
  },
);

export type NewPlanId = string;

const checkNewPlanId: Check = text({ min: 1, max: 48, pattern: /^[A-Za-z0-9_.-]+$/ });

export type PlanName = string;

const checkPlanName: Check = text({ min: 1, max: 60, pattern: /^\S(.*\S)?$/ });

export type PlanStage = "draft" | "proposed" | "confirmed";

const checkPlanStage: Check = oneOf("draft", "proposed", "confirmed");

/** A plan without a resection. */
export interface EmptyPlan {
  readonly kind: "empty";
}

const checkEmptyPlan: Check = record(
  {
    kind: oneOf("empty"),
  },
);

/** A branch: the resections of a plan as it is now. */
export interface CopyOfPlan {
  readonly kind: "plan";
  readonly plan_id: Identifier;
}

const checkCopyOfPlan: Check = record(
  {
    kind: oneOf("plan"),
    plan_id: checkIdentifier,
  },
);

/** A branch: the resections of a version. */
export interface CopyOfVersion {
  readonly kind: "version";
  readonly plan_id: Identifier;
  readonly version_id: Identifier;
}

const checkCopyOfVersion: Check = record(
  {
    kind: oneOf("version"),
    plan_id: checkIdentifier,
    version_id: checkIdentifier,
  },
);

export type PlanSource = EmptyPlan | CopyOfPlan | CopyOfVersion;

const checkPlanSource: Check = tagged(
  {
    empty: checkEmptyPlan,
    plan: checkCopyOfPlan,
    version: checkCopyOfVersion,
  },
  "kind",
);

/** What a plan was made from: `name` is what that was called then, `revision` that of the plan it was. */
export interface PlanOrigin {
  readonly kind: "plan" | "version" | "proposal";
  readonly name: string;
  readonly plan_id: Identifier | null;
  readonly revision: Revision;
}

const checkPlanOrigin: Check = record(
  {
    kind: oneOf("plan", "version", "proposal"),
    name: text(),
    plan_id: nullable(checkIdentifier),
    revision: checkRevision,
  },
);

/**
 * The numbers that are kept with a version, as they were then; null where there were none.
 *
 * `least_margin_mm` is that of the tumour nearest to the cut, `least_margin_of`.
 */
export interface HeadlineNumbers {
  readonly resected_ml: number | null;
  readonly remnant_ml: number | null;
  readonly flr_percent: number | null;
  readonly functional_flr_percent: number | null;
  readonly devascularised_ml: number | null;
  readonly congested_ml: number | null;
  readonly cut_area_mm2: number | null;
  readonly least_margin_mm: number | null;
  readonly least_margin_of: string | null;
}

const checkHeadlineNumbers: Check = record(
  {
    resected_ml: nullable(number()),
    remnant_ml: nullable(number()),
    flr_percent: nullable(number()),
    functional_flr_percent: nullable(number()),
    devascularised_ml: nullable(number()),
    congested_ml: nullable(number()),
    cut_area_mm2: nullable(number()),
    least_margin_mm: nullable(number()),
    least_margin_of: nullable(text()),
  },
);

/** Who said that this is the plan, and when (ISO 8601 in UTC). */
export interface SignatureState {
  readonly stage: "proposed" | "confirmed";
  readonly by: Identifier;
  readonly by_name: string;
  readonly at: string;
}

const checkSignatureState: Check = record(
  {
    stage: oneOf("proposed", "confirmed"),
    by: checkIdentifier,
    by_name: text(),
    at: text(),
  },
);

/**
 * A plan as it was at `revision`: never changed, but for signatures added.
 *
 * `segmentation` is the sha256 of the case's label map that its numbers were counted on: the version is out of date
 * once the case has another one. `numbers` are null where the plan had none.
 */
export interface PlanVersionState {
  readonly version_id: Identifier;
  readonly name: PlanName;
  readonly revision: Revision;
  readonly by: Identifier;
  readonly by_name: string;
  readonly at: string;
  readonly segmentation: string;
  readonly resections: readonly ResectionState[];
  readonly body: BodyState | null;
  readonly numbers: HeadlineNumbers | null;
  readonly signatures: readonly SignatureState[];
}

const checkPlanVersionState: Check = record(
  {
    version_id: checkIdentifier,
    name: checkPlanName,
    revision: checkRevision,
    by: checkIdentifier,
    by_name: text(),
    at: text(),
    segmentation: text(),
    resections: list(checkResectionState),
    body: nullable(checkBodyState),
    numbers: nullable(checkHeadlineNumbers),
    signatures: list(checkSignatureState),
  },
);

/**
 * One of the plans; `plan` brings its resections.
 *
 * `signed` is the version that was signed and still is the plan; a change of the plan takes it away and keeps the
 * version. `is_stale` says that the case's segmentation was corrected after signing.
 */
export interface PlanEntry {
  readonly plan_id: Identifier;
  readonly name: PlanName;
  readonly origin: PlanOrigin | null;
  readonly created_by: Identifier;
  readonly created_by_name: string;
  readonly created_at: string;
  readonly stage: PlanStage;
  readonly signed: Identifier | null;
  readonly is_stale: boolean;
  readonly versions: readonly PlanVersionState[];
}

const checkPlanEntry: Check = record(
  {
    plan_id: checkIdentifier,
    name: checkPlanName,
    origin: nullable(checkPlanOrigin),
    created_by: checkIdentifier,
    created_by_name: text(),
    created_at: text(),
    stage: checkPlanStage,
    signed: nullable(checkIdentifier),
    is_stale: truth,
    versions: list(checkPlanVersionState),
  },
);

/**
 * A head or a hand in the patient's frame: LPS millimetres, and a unit quaternion (x, y, z, w) of LPS axes.
 *
 * Unturned it looks to posterior with superior up, which is -z and +y of WebXR.
 */
export interface PoseState {
  readonly position_lps_mm: PointLps;
  readonly quaternion: readonly [number, number, number, number];
}

const checkPoseState: Check = record(
  {
    position_lps_mm: checkPointLps,
    quaternion: tuple(number({ min: -1.0001, max: 1.0001 }), number({ min: -1.0001, max: 1.0001 }), number({ min: -1.0001, max: 1.0001 }), number({ min: -1.0001, max: 1.0001 })),
  },
);

/** What a hand or a mouse points with: from where, and where it ends. */
export interface RayState {
  readonly from_lps_mm: PointLps;
  readonly to_lps_mm: PointLps;
}

const checkRayState: Check = record(
  {
    from_lps_mm: checkPointLps,
    to_lps_mm: checkPointLps,
  },
);

/** A person as others see them; `model_scale` is how large the patient is to them (1 is life size). */
export interface PersonPose {
  readonly head: PoseState;
  readonly left: PoseState | null;
  readonly right: PoseState | null;
  readonly ray: RayState | null;
  readonly model_scale: number;
}

const checkPersonPose: Check = record(
  {
    head: checkPoseState,
    left: nullable(checkPoseState),
    right: nullable(checkPoseState),
    ray: nullable(checkRayState),
    model_scale: number({ above: 0.01, below: 100 }),
  },
);

/** I am here now; null: I do not want to be seen (a private view). A newer one replaces it. */
export interface MovePresence {
  readonly type: "presence.move";
  readonly pose: PersonPose | null;
}

const checkMovePresence: Check = record(
  {
    type: oneOf("presence.move"),
    pose: nullable(checkPersonPose),
  },
);

/** Raises one's hand, or takes it down. */
export interface RaiseHand {
  readonly type: "presence.raise";
  readonly is_raised: boolean;
}

const checkRaiseHand: Check = record(
  {
    type: oneOf("presence.raise"),
    is_raised: truth,
  },
);

/** Shows one's view to everybody, or ends it; one person presents at a time, the newest. */
export interface PresentView {
  readonly type: "presence.present";
  readonly is_presenting: boolean;
}

const checkPresentView: Check = record(
  {
    type: oneOf("presence.present"),
    is_presenting: truth,
  },
);

/** Brings everybody to one's own view and plan, once; of who presents, or an owner. */
export interface GatherPeople {
  readonly type: "presence.gather";
  readonly plan_id?: Identifier;
  readonly head: PoseState;
}

const checkGatherPeople: Check = record(
  {
    type: oneOf("presence.gather"),
    head: checkPoseState,
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Starts or ends recording where people are, for the replay of the session; everybody sees it. */
export interface RecordPresence {
  readonly type: "presence.record";
  readonly is_recording: boolean;
}

const checkRecordPresence: Check = record(
  {
    type: oneOf("presence.record"),
    is_recording: truth,
  },
);

/** Who had the people recorded, and since when (ISO 8601 in UTC). */
export interface RecordingState {
  readonly by: Identifier;
  readonly by_name: string;
  readonly since: string;
}

const checkRecordingState: Check = record(
  {
    by: checkIdentifier,
    by_name: text(),
    since: text(),
  },
);

/** Somebody asks everybody to their view and plan; who looks by themselves may stay where they are. */
export interface Gathered {
  readonly type: "presence.gathered";
  readonly client_id: Identifier;
  readonly plan_id: Identifier;
  readonly head: PoseState;
}

const checkGathered: Check = record(
  {
    type: oneOf("presence.gathered"),
    client_id: checkIdentifier,
    plan_id: checkIdentifier,
    head: checkPoseState,
  },
);

/** Where one of the people is. */
export interface MovedPerson {
  readonly client_id: Identifier;
  readonly pose: PersonPose;
}

const checkMovedPerson: Check = record(
  {
    client_id: checkIdentifier,
    pose: checkPersonPose,
  },
);

/** Everybody who can be seen, at one tick; who is not in it is not seen. */
export interface Presence {
  readonly type: "presence";
  readonly people: readonly MovedPerson[];
}

const checkPresence: Check = record(
  {
    type: oneOf("presence"),
    people: list(checkMovedPerson),
  },
);

export type Seat = number;

const checkSeat: Check = number({ integer: true, min: 1, max: 2147483648 });

/** What a browser offers or answers (RFC 8829). */
export interface VoiceDescription {
  readonly kind: "offer" | "answer";
  readonly sdp: string;
}

const checkVoiceDescription: Check = record(
  {
    kind: oneOf("offer", "answer"),
    sdp: text({ min: 1, max: 16384 }),
  },
);

/** An address at which a browser may be reached (RFC 8838); empty where there are no more. */
export interface VoiceCandidate {
  readonly kind: "candidate";
  readonly candidate: string;
  readonly sdp_mid: string | null;
  readonly sdp_m_line_index: number | null;
}

const checkVoiceCandidate: Check = record(
  {
    kind: oneOf("candidate"),
    candidate: text({ max: 1024 }),
    sdp_mid: nullable(text({ max: 64 })),
    sdp_m_line_index: nullable(number({ integer: true, min: 0, max: 64 })),
  },
);

export type VoiceSignal = VoiceDescription | VoiceCandidate;

const checkVoiceSignal: Check = tagged(
  {
    answer: checkVoiceDescription,
    candidate: checkVoiceCandidate,
    offer: checkVoiceDescription,
  },
  "kind",
);

/** I want to talk with the others; answered by `voice.joined` as soon as there is a place. */
export interface JoinVoice {
  readonly type: "voice.join";
  readonly is_muted?: boolean;
}

const checkJoinVoice: Check = record(
  {
    type: oneOf("voice.join"),
  },
  {
    is_muted: truth,
  },
);

/** I talk no more, or wait for a place no more. */
export interface LeaveVoice {
  readonly type: "voice.leave";
}

const checkLeaveVoice: Check = record(
  {
    type: oneOf("voice.leave"),
  },
);

/** For the browser of who sits there; who sends it is the server's to say. */
export interface SignalVoice {
  readonly type: "voice.signal";
  readonly to: Seat;
  readonly signal: VoiceSignal;
}

const checkSignalVoice: Check = record(
  {
    type: oneOf("voice.signal"),
    to: checkSeat,
    signal: checkVoiceSignal,
  },
);

/** Mutes oneself or, for owners and whoever presents, another; only oneself can be unmuted. */
export interface MuteVoice {
  readonly type: "voice.mute";
  readonly client_id: Identifier;
  readonly is_muted: boolean;
}

const checkMuteVoice: Check = record(
  {
    type: oneOf("voice.mute"),
    client_id: checkIdentifier,
    is_muted: truth,
  },
);

/** A STUN or TURN server that the hospital runs. */
export interface IceServerState {
  readonly urls: string;
  readonly username: string;
  readonly credential: string;
}

const checkIceServerState: Check = record(
  {
    urls: text(),
    username: text(),
    credential: text(),
  },
);

/** You have a place. Who sits at a lower seat than you makes the offers. No ICE servers: the local network does. */
export interface VoiceJoined {
  readonly type: "voice.joined";
  readonly seat: Seat;
  readonly ice_servers: readonly IceServerState[];
}

const checkVoiceJoined: Check = record(
  {
    type: oneOf("voice.joined"),
    seat: checkSeat,
    ice_servers: list(checkIceServerState),
  },
);

/** Somebody who talks or listens; `muted_by` is the name of who muted them, null where they did. */
export interface VoicePerson {
  readonly client_id: Identifier;
  readonly seat: Seat;
  readonly is_muted: boolean;
  readonly muted_by: string | null;
}

const checkVoicePerson: Check = record(
  {
    client_id: checkIdentifier,
    seat: checkSeat,
    is_muted: truth,
    muted_by: nullable(text({ max: 40 })),
  },
);

/** Who is in the voice room, and who waits for a place, in the order they came; replaces what the client had. */
export interface VoiceRoom {
  readonly type: "voice";
  readonly people: readonly VoicePerson[];
  readonly waiting: readonly Identifier[];
}

const checkVoiceRoom: Check = record(
  {
    type: oneOf("voice"),
    people: list(checkVoicePerson),
    waiting: list(checkIdentifier),
  },
);

/** From the browser of who sits there. */
export interface VoiceSignalled {
  readonly type: "voice.signalled";
  readonly seat: Seat;
  readonly signal: VoiceSignal;
}

const checkVoiceSignalled: Check = record(
  {
    type: oneOf("voice.signalled"),
    seat: checkSeat,
    signal: checkVoiceSignal,
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

/** The slices `first_k` to `first_k + slices` of a volume: `asset` is a zlib stream of its own. */
export interface VolumeSlab {
  readonly first_k: number;
  readonly slices: number;
  readonly asset: Sha256;
  readonly bytes: number;
}

const checkVolumeSlab: Check = record(
  {
    first_k: number({ integer: true, min: 0 }),
    slices: number({ integer: true, min: 1 }),
    asset: checkSha256,
    bytes: number({ integer: true }),
  },
);

/**
 * A 3D texture in slabs: zlib streams (`DecompressionStream("deflate")`), i fastest, then j, then k.
 *
 * The slabs are in order, without gaps, and make up the shape; inflated each has about a megabyte at most. `ct`
 * comes twice: `full` with the scan's own samples, `half` with half as many in each slice, for headsets and
 * tablets. Everything else comes once, as `full`.
 *
 * A sample has `bytes_per_sample`: 1, or 2 with the low byte first (an RG8 texture: value = R + 256 G).
 * For `ct`: HU = value_low + value / 255 * (value_high - value_low). For distance fields: mm by the same map,
 * negative inside. For `segments`: the `value` of a `SegmentAsset`; for `portal_branches` and `hepatic_branches`:
 * the `number` of a `BranchAsset`; 0 far from the liver or of no branch; all three never to be interpolated.
 * `lps_from_ijk` maps the centre of sample (i, j, k).
 */
export interface VolumeAsset {
  readonly name: "ct" | "liver_distance" | "tumour_distance" | "segments" | "portal_branches" | "hepatic_branches";
  readonly detail: Detail;
  readonly slabs: readonly VolumeSlab[];
  readonly bytes_per_sample: 1 | 2;
  readonly shape_ijk: readonly [number, number, number];
  readonly lps_from_ijk: readonly number[];
  readonly value_low: number;
  readonly value_high: number;
}

const checkVolumeAsset: Check = record(
  {
    name: oneOf("ct", "liver_distance", "tumour_distance", "segments", "portal_branches", "hepatic_branches"),
    detail: checkDetail,
    slabs: list(checkVolumeSlab, { min: 1 }),
    bytes_per_sample: oneOf(1, 2),
    shape_ijk: tuple(number({ integer: true }), number({ integer: true }), number({ integer: true })),
    lps_from_ijk: list(number(), { min: 16, max: 16 }),
    value_low: number(),
    value_high: number(),
  },
);

/** A Couinaud segment; `uncertain_ml` of its volume is a guess. */
export interface SegmentAsset {
  readonly value: SegmentValue;
  readonly name: string;
  readonly title: string;
  readonly snomed: string;
  readonly colour: string;
  readonly volume_ml: number;
  readonly uncertain_ml: number;
}

const checkSegmentAsset: Check = record(
  {
    value: checkSegmentValue,
    name: text(),
    title: text(),
    snomed: text(),
    colour: text(),
    volume_ml: number(),
    uncertain_ml: number(),
  },
);

/**
 * A branch of a vessel tree.
 *
 * `parent` is the branch it leaves nearer to the root, null for a root; parents come first. `volume_ml` is the
 * liver it serves itself, `territory_ml` that of all branches that leave it as well. `line_lps_mm` is its centre
 * line from the root's side outwards, thinned to half a millimetre. `is_bridged`: part of it was not seen.
 */
export interface BranchAsset {
  readonly number: BranchNumber;
  readonly tree: VesselTree;
  readonly parent: BranchNumber | null;
  readonly name: string;
  readonly title: string;
  readonly colour: string;
  readonly calibre_mm: number;
  readonly volume_ml: number;
  readonly territory_ml: number;
  readonly confidence: number;
  readonly is_bridged: boolean;
  readonly line_lps_mm: readonly PointLps[];
}

const checkBranchAsset: Check = record(
  {
    number: checkBranchNumber,
    tree: checkVesselTree,
    parent: nullable(checkBranchNumber),
    name: text(),
    title: text(),
    colour: text(),
    calibre_mm: number(),
    volume_ml: number(),
    territory_ml: number(),
    confidence: number({ min: 0, max: 1 }),
    is_bridged: truth,
    line_lps_mm: list(checkPointLps),
  },
);

/** A resection with a name of its own (Brisbane 2000), for `resection.territory`. */
export interface TerritoryChoice {
  readonly name: Identifier;
  readonly title: string;
  readonly segments: readonly SegmentValue[];
  readonly volume_ml: number;
}

const checkTerritoryChoice: Check = record(
  {
    name: checkIdentifier,
    title: text(),
    segments: list(checkSegmentValue),
    volume_ml: number(),
  },
);

/**
 * All that can be shown of a case.
 *
 * `segments`, `branches` and `territories` are empty and `variants` says nothing where no map was made.
 */
export interface SceneManifest {
  readonly case_id: Identifier;
  readonly title: string;
  readonly structures: readonly StructureAsset[];
  readonly volumes: readonly VolumeAsset[];
  readonly segments: readonly SegmentAsset[];
  readonly branches: readonly BranchAsset[];
  readonly territories: readonly TerritoryChoice[];
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
    branches: list(checkBranchAsset),
    territories: list(checkTerritoryChoice),
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
  readonly warnings_said?: readonly (Sentence | null)[];
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
  {
    warnings_said: list(nullable(checkSentence)),
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

export type InviteLasts = "hour" | "today" | "week";

const checkInviteLasts: Check = oneOf("hour", "today", "week");

/** Body of `POST /api/invites`: lets others into one case, in a role, for so long. */
export interface MakeInvite {
  readonly case_id: Identifier;
  readonly role: Role;
  readonly lasts: InviteLasts;
}

const checkMakeInvite: Check = record(
  {
    case_id: checkIdentifier,
    role: checkRole,
    lasts: checkInviteLasts,
  },
);

/** Somebody who came by an invitation. */
export interface Guest {
  readonly name: string;
  readonly role: Role;
}

const checkGuest: Check = record(
  {
    name: text({ max: 40 }),
    role: checkRole,
  },
);

/** An invitation that lets people in; times are ISO 8601. Its code and link are told once, when it is made. */
export interface InviteState {
  readonly invite_id: Identifier;
  readonly case_id: Identifier;
  readonly role: Role;
  readonly made_at: string;
  readonly expires_at: string;
  readonly guests: readonly Guest[];
}

const checkInviteState: Check = record(
  {
    invite_id: checkIdentifier,
    case_id: checkIdentifier,
    role: checkRole,
    made_at: text(),
    expires_at: text(),
    guests: list(checkGuest),
  },
);

/**
 * Answer of `POST /api/invites`.
 *
 * `code` is typed at `address`; `url` carries a secret behind its #, which is never sent to a server by opening it.
 * `qr_svg` is null where no other device can reach the link; `note` says what to expect.
 */
export interface InviteMade {
  readonly invite: InviteState;
  readonly code: string;
  readonly address: string;
  readonly url: string;
  readonly qr_svg: string | null;
  readonly reach: "this_computer" | "network";
  readonly note: string;
}

const checkInviteMade: Check = record(
  {
    invite: checkInviteState,
    code: text({ pattern: /^[2-9A-Z]{6}$/ }),
    address: text(),
    url: text(),
    qr_svg: nullable(text()),
    reach: oneOf("this_computer", "network"),
    note: text(),
  },
);

/** Answer of `GET /api/invites?case=`: those that let people in, the newest first. */
export interface Invites {
  readonly invites: readonly InviteState[];
}

const checkInvites: Check = record(
  {
    invites: list(checkInviteState),
  },
);

/** Body of `POST /api/join`: the code as typed, the secret of a link, or the server's own key. */
export interface Join {
  readonly by: "code" | "link" | "key";
  readonly secret: string;
}

const checkJoin: Check = record(
  {
    by: oneOf("code", "link", "key"),
    secret: text({ min: 1, max: 128 }),
  },
);

/** Answer of `POST /api/join` and `GET /api/me`: what the person may do, and the one case they see, null for all. */
export interface Me {
  readonly role: Role;
  readonly case_id: Identifier | null;
  readonly name: string;
}

const checkMe: Check = record(
  {
    role: checkRole,
    case_id: nullable(checkIdentifier),
    name: text({ max: 40 }),
  },
);

/** Body of `PUT /api/me/name`. */
export interface GiveName {
  readonly name: string;
}

const checkGiveName: Check = record(
  {
    name: text({ min: 1, max: 40 }),
  },
);

/** Body of `PUT /api/cases/{case_id}/people/{client_id}/role`. */
export interface ChangeRole {
  readonly role: Role;
}

const checkChangeRole: Check = record(
  {
    role: checkRole,
  },
);

/** Asks for a resection of the committed plan laid flat; a newer question of the same person replaces it. */
export interface AskResectogram {
  readonly type: "resectogram.ask";
  readonly request_id: Identifier;
  readonly resection_id: Identifier;
}

const checkAskResectogram: Check = record(
  {
    type: oneOf("resectogram.ask"),
    request_id: checkIdentifier,
    resection_id: checkIdentifier,
  },
);

/** Asks for the liver in two parts, as closed meshes; a newer question of the same person replaces it. */
export interface AskParts {
  readonly type: "parts.ask";
  readonly request_id: Identifier;
}

const checkAskParts: Check = record(
  {
    type: oneOf("parts.ask"),
    request_id: checkIdentifier,
  },
);

/** The parts are no longer wanted. */
export interface CancelParts {
  readonly type: "parts.cancel";
  readonly request_id: Identifier;
}

const checkCancelParts: Check = record(
  {
    type: oneOf("parts.cancel"),
    request_id: checkIdentifier,
  },
);

/** A vessel that crosses the cut; `branch` is null where the case has no vessel trees. */
export interface SheetVessel {
  readonly title: string;
  readonly tree: VesselTree;
  readonly branch: BranchNumber | null;
  readonly calibre_mm: number;
  readonly u_mm: number;
  readonly v_mm: number;
  readonly position_lps_mm: PointLps;
}

const checkSheetVessel: Check = record(
  {
    title: text(),
    tree: checkVesselTree,
    branch: nullable(checkBranchNumber),
    calibre_mm: number(),
    u_mm: number(),
    v_mm: number(),
    position_lps_mm: checkPointLps,
  },
);

/** A tumour near the cut, in words: how it lies to the plan. */
export interface SheetTumour {
  readonly title: string;
  readonly status: "resected" | "remnant" | "crossed";
  readonly margin_mm: number | null;
}

const checkSheetTumour: Check = record(
  {
    title: text(),
    status: oneOf("resected", "remnant", "crossed"),
    margin_mm: nullable(number()),
  },
);

/**
 * One cut surface laid flat; u grows to the right, v upwards, the first pixel is the top left.
 *
 * `lengths_percent`: by how much lengths in the picture are too short and too long. `near_areas_mm2`: area of the cut
 * within 1, 5 and 10 mm of a tumour. `off_cut_mm`: how near the picture's surface follows a territory's voxels.
 */
export interface ResectogramSheet {
  readonly asset: Sha256;
  readonly columns: number;
  readonly rows: number;
  readonly step_mm: number;
  readonly first_u_mm: number;
  readonly first_v_mm: number;
  readonly origin_lps_mm: PointLps;
  readonly viewer_lps: readonly [number, number, number];
  readonly edges: readonly [string, string, string, string];
  readonly cut_area_mm2: number;
  readonly least_margin_mm: number | null;
  readonly near_areas_mm2: readonly [number, number, number];
  readonly lengths_percent: readonly [number, number];
  readonly off_cut_mm: number;
  readonly whole: boolean;
  readonly vessels: readonly SheetVessel[];
  readonly tumours: readonly SheetTumour[];
}

const checkResectogramSheet: Check = record(
  {
    asset: checkSha256,
    columns: number({ integer: true, min: 2, max: 2048 }),
    rows: number({ integer: true, min: 1, max: 2048 }),
    step_mm: number(),
    first_u_mm: number(),
    first_v_mm: number(),
    origin_lps_mm: checkPointLps,
    viewer_lps: tuple(number(), number(), number()),
    edges: tuple(text(), text(), text(), text()),
    cut_area_mm2: number(),
    least_margin_mm: nullable(number()),
    near_areas_mm2: tuple(number(), number(), number()),
    lengths_percent: tuple(number(), number()),
    off_cut_mm: number(),
    whole: truth,
    vessels: list(checkSheetVessel),
    tumours: list(checkSheetTumour),
  },
);

/** Answer to `resectogram.ask`: the sheets of the resection as it is at `revision`, the largest first. */
export interface Resectogram {
  readonly type: "resectogram";
  readonly request_id: Identifier;
  readonly revision: Revision;
  readonly resection_id: Identifier;
  readonly sheets: readonly ResectogramSheet[];
}

const checkResectogram: Check = record(
  {
    type: oneOf("resectogram"),
    request_id: checkIdentifier,
    revision: checkRevision,
    resection_id: checkIdentifier,
    sheets: list(checkResectogramSheet, { min: 1 }),
  },
);

/** The resection has no picture, and why. */
export interface ResectogramFailed {
  readonly message: string;
  readonly cure: string;
  readonly said?: Sentence | null;
  readonly type: "resectogram.failed";
  readonly request_id: Identifier;
}

const checkResectogramFailed: Check = record(
  {
    message: text(),
    cure: text(),
    type: oneOf("resectogram.failed"),
    request_id: checkIdentifier,
  },
  {
    said: nullable(checkSentence),
  },
);

/** The parts are being cut. */
export interface PartsProgress {
  readonly type: "parts.progress";
  readonly request_id: Identifier;
  readonly fraction: number;
}

const checkPartsProgress: Check = record(
  {
    type: oneOf("parts.progress"),
    request_id: checkIdentifier,
    fraction: number({ min: 0, max: 1 }),
  },
);

/** One side of one structure as a closed surface. */
export interface PartAsset {
  readonly structure: Identifier;
  readonly side: "resected" | "remnant";
  readonly asset: Sha256;
  readonly bytes: number;
  readonly triangles: number;
  readonly volume_ml: number;
}

const checkPartAsset: Check = record(
  {
    structure: checkIdentifier,
    side: oneOf("resected", "remnant"),
    asset: checkSha256,
    bytes: number({ integer: true }),
    triangles: number({ integer: true }),
    volume_ml: number(),
  },
);

/** Answer to `parts.ask`; `apart_lps` is the unit direction in which the resected part is drawn out. */
export interface Parts {
  readonly type: "parts";
  readonly request_id: Identifier;
  readonly revision: Revision;
  readonly apart_lps: readonly [number, number, number];
  readonly parts: readonly PartAsset[];
}

const checkParts: Check = record(
  {
    type: oneOf("parts"),
    request_id: checkIdentifier,
    revision: checkRevision,
    apart_lps: tuple(number(), number(), number()),
    parts: list(checkPartAsset),
  },
);

/** There are no parts: cancelled, or why not. */
export interface PartsEnded {
  readonly message: string;
  readonly cure: string;
  readonly said?: Sentence | null;
  readonly type: "parts.ended";
  readonly request_id: Identifier;
  readonly code: "cancelled" | "failed";
}

const checkPartsEnded: Check = record(
  {
    message: text(),
    cure: text(),
    type: oneOf("parts.ended"),
    request_id: checkIdentifier,
    code: oneOf("cancelled", "failed"),
  },
  {
    said: nullable(checkSentence),
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
  readonly plan_id?: Identifier;
  readonly resection: ResectionState;
}

const checkPreviewResection: Check = record(
  {
    type: oneOf("resection.preview"),
    sequence: number({ integer: true, min: 0 }),
    resection: checkResectionState,
  },
  {
    plan_id: checkIdentifier,
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
  readonly plan_id?: Identifier;
  readonly resection: ResectionState;
}

const checkCommitResection: Check = record(
  {
    type: oneOf("resection.commit"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    resection: checkResectionState,
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Deletes a resection. */
export interface RemoveResection {
  readonly type: "resection.remove";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly resection_id: Identifier;
}

const checkRemoveResection: Check = record(
  {
    type: oneOf("resection.remove"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    resection_id: checkIdentifier,
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Makes a surface through a line drawn on the liver; answered like a commit of it (`committed`, `rejected`). */
export interface ThroughLine {
  readonly type: "resection.through_line";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly resection_id: Identifier;
  readonly points_lps_mm: readonly PointLps[];
}

const checkThroughLine: Check = record(
  {
    type: oneOf("resection.through_line"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    resection_id: checkIdentifier,
    points_lps_mm: list(checkPointLps, { min: 2, max: 512 }),
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Makes a wedge that keeps the margin from every voxel of the tumour; answered like a commit of it. */
export interface AroundTumour {
  readonly type: "resection.around_tumour";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly resection_id: Identifier;
  readonly tumour: Identifier;
  readonly margin_mm: MarginMm;
  readonly shape: "spheroid" | "cone";
}

const checkAroundTumour: Check = record(
  {
    type: oneOf("resection.around_tumour"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    resection_id: checkIdentifier,
    tumour: checkIdentifier,
    margin_mm: checkMarginMm,
    shape: oneOf("spheroid", "cone"),
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Makes a territory from a `TerritoryChoice` by name, or from segments and branches; answered like a commit. */
export interface OfTerritory {
  readonly type: "resection.territory";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly resection_id: Identifier;
  readonly name: Identifier | null;
  readonly segments: readonly SegmentValue[];
  readonly portal_branches: readonly BranchNumber[];
}

const checkOfTerritory: Check = record(
  {
    type: oneOf("resection.territory"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    resection_id: checkIdentifier,
    name: nullable(checkIdentifier),
    segments: list(checkSegmentValue, { max: 32 }),
    portal_branches: list(checkBranchNumber, { max: 256 }),
  },
  {
    plan_id: checkIdentifier,
  },
);

/**
 * What every proposal has to keep.
 *
 * `minimum_flr_percent` is of the functional remnant where the case has vessel trees. Spared branches, and the way
 * from them to their root, are not cut. `tumours` to take out by name; null for all.
 */
export interface ProposalConstraints {
  readonly margin_mm: number;
  readonly minimum_flr_percent: number;
  readonly spare_branches: readonly BranchNumber[];
  readonly tumours: readonly Identifier[] | null;
}

const checkProposalConstraints: Check = record(
  {
    margin_mm: number({ min: 0, max: 50 }),
    minimum_flr_percent: number({ min: 0, below: 100 }),
    spare_branches: list(checkBranchNumber, { max: 256 }),
    tumours: nullable(list(checkIdentifier, { min: 1, max: 64 })),
  },
);

/** Asks for proposals; a search under way in this session ends (`proposals.ended`), the newest wins. */
export interface AskProposals {
  readonly type: "proposals.ask";
  readonly request_id: Identifier;
  readonly constraints: ProposalConstraints;
}

const checkAskProposals: Check = record(
  {
    type: oneOf("proposals.ask"),
    request_id: checkIdentifier,
    constraints: checkProposalConstraints,
  },
);

/** The proposals are not wanted any more. */
export interface CancelProposals {
  readonly type: "proposals.cancel";
  readonly request_id: Identifier;
}

const checkCancelProposals: Check = record(
  {
    type: oneOf("proposals.cancel"),
    request_id: checkIdentifier,
  },
);

/** Makes a new plan, `plan_id`, of the proposal, named by its title; no other plan changes. */
export interface TakeProposal {
  readonly type: "proposals.take";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: NewPlanId;
  readonly proposal_id: Identifier;
}

const checkTakeProposal: Check = record(
  {
    type: oneOf("proposals.take"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkNewPlanId,
    proposal_id: checkIdentifier,
  },
);

/** A set of resections with a name of the client's choice; none at all is the uncut liver. */
export interface PlanToCompare {
  readonly name: string;
  readonly resections: readonly ResectionState[];
}

const checkPlanToCompare: Check = record(
  {
    name: text({ min: 1, max: 64 }),
    resections: list(checkResectionState, { max: 16 }),
  },
);

/** Asks for the numbers of several plans side by side; a newer question of the same person replaces it. */
export interface ComparePlans {
  readonly type: "plans.compare";
  readonly request_id: Identifier;
  readonly plans: readonly PlanToCompare[];
}

const checkComparePlans: Check = record(
  {
    type: oneOf("plans.compare"),
    request_id: checkIdentifier,
    plans: list(checkPlanToCompare, { min: 1, max: 8 }),
  },
);

/** Enters height and weight of the patient, or takes them out by null; answered like a commit. */
export interface SetBody {
  readonly type: "body.set";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly body: BodyState | null;
}

const checkSetBody: Check = record(
  {
    type: oneOf("body.set"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    body: nullable(checkBodyState),
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Puts these resections in place of all there are, in one operation. */
export interface ReplacePlan {
  readonly type: "plan.replace";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly resections: readonly ResectionState[];
}

const checkReplacePlan: Check = record(
  {
    type: oneOf("plan.replace"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    resections: list(checkResectionState, { max: 16 }),
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Adds a measurement to the plan or changes it; answered like a commit. Its number comes as `measured`. */
export interface SetMeasurement {
  readonly type: "measurement.set";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly measurement: MeasurementState;
}

const checkSetMeasurement: Check = record(
  {
    type: oneOf("measurement.set"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    measurement: checkMeasurementState,
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Deletes a measurement, whoever made it. */
export interface RemoveMeasurement {
  readonly type: "measurement.remove";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly measurement_id: Identifier;
}

const checkRemoveMeasurement: Check = record(
  {
    type: oneOf("measurement.remove"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    measurement_id: checkIdentifier,
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Puts a pin with a text, or changes it; answered like a commit. */
export interface SetPin {
  readonly type: "pin.set";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly pin: PinState;
}

const checkSetPin: Check = record(
  {
    type: oneOf("pin.set"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    pin: checkPinState,
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Deletes a pin, whoever set it. */
export interface RemovePin {
  readonly type: "pin.remove";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
  readonly pin_id: Identifier;
}

const checkRemovePin: Check = record(
  {
    type: oneOf("pin.remove"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    pin_id: checkIdentifier,
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Makes a new plan, `plan_id`; its resections are copies with ids of their own. */
export interface CreatePlan {
  readonly type: "plan.create";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: NewPlanId;
  readonly name: PlanName;
  readonly source: PlanSource;
}

const checkCreatePlan: Check = record(
  {
    type: oneOf("plan.create"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkNewPlanId,
    name: checkPlanName,
    source: checkPlanSource,
  },
);

/** Gives the plan another name. */
export interface RenamePlan {
  readonly type: "plan.rename";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: Identifier;
  readonly name: PlanName;
}

const checkRenamePlan: Check = record(
  {
    type: oneOf("plan.rename"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkIdentifier,
    name: checkPlanName,
  },
);

/** Takes the plan away, never the last one; undo brings it back with its versions. */
export interface RemovePlan {
  readonly type: "plan.remove";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: Identifier;
}

const checkRemovePlan: Check = record(
  {
    type: oneOf("plan.remove"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkIdentifier,
  },
);

/** Keeps the plan as it is under a name, with its numbers. */
export interface KeepVersion {
  readonly type: "plan.version";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: Identifier;
  readonly name: PlanName;
}

const checkKeepVersion: Check = record(
  {
    type: oneOf("plan.version"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkIdentifier,
    name: checkPlanName,
  },
);

/** Puts the resections of a version in place of all that its plan has now. */
export interface RestoreVersion {
  readonly type: "plan.restore";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: Identifier;
  readonly version_id: Identifier;
}

const checkRestoreVersion: Check = record(
  {
    type: oneOf("plan.restore"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkIdentifier,
    version_id: checkIdentifier,
  },
);

/** Signs the plan as it is as proposed: a version of it is kept, with numbers and segmentation. */
export interface ProposePlan {
  readonly type: "plan.propose";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: Identifier;
}

const checkProposePlan: Check = record(
  {
    type: oneOf("plan.propose"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkIdentifier,
  },
);

/** Signs the proposed plan as confirmed. */
export interface ConfirmPlan {
  readonly type: "plan.confirm";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: Identifier;
}

const checkConfirmPlan: Check = record(
  {
    type: oneOf("plan.confirm"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkIdentifier,
  },
);

/** Makes a signed plan a draft again; the signed version stays. */
export interface WithdrawPlan {
  readonly type: "plan.withdraw";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id: Identifier;
}

const checkWithdrawPlan: Check = record(
  {
    type: oneOf("plan.withdraw"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
    plan_id: checkIdentifier,
  },
);

/** The sender looks at this plan now: told to all as `people`, never logged. */
export interface LookAtPlan {
  readonly type: "plan.look";
  readonly plan_id: Identifier;
}

const checkLookAtPlan: Check = record(
  {
    type: oneOf("plan.look"),
    plan_id: checkIdentifier,
  },
);

/** Takes back the sender's own last change; answered like a commit. Refused where others changed the same since. */
export interface UndoEdit {
  readonly type: "edit.undo";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
}

const checkUndoEdit: Check = record(
  {
    type: oneOf("edit.undo"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
  },
  {
    plan_id: checkIdentifier,
  },
);

/** Makes the change again that the sender undid last; answered like a commit. */
export interface RedoEdit {
  readonly type: "edit.redo";
  readonly operation_id: Identifier;
  readonly base_revision: Revision;
  readonly plan_id?: Identifier;
}

const checkRedoEdit: Check = record(
  {
    type: oneOf("edit.redo"),
    operation_id: checkIdentifier,
    base_revision: checkRevision,
  },
  {
    plan_id: checkIdentifier,
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

/** Somebody in the session; `holding` is the resection they are dragging, `plan_id` the plan they look at. */
export interface PersonState {
  readonly client_id: Identifier;
  readonly display_name: string;
  readonly colour: string;
  readonly device: Device;
  readonly role: Role;
  readonly holding: Identifier | null;
  readonly plan_id?: Identifier;
  readonly has_raised_hand?: boolean;
  readonly is_presenting?: boolean;
}

const checkPersonState: Check = record(
  {
    client_id: checkIdentifier,
    display_name: text({ max: 40 }),
    colour: text(),
    device: checkDevice,
    role: checkRole,
    holding: nullable(checkIdentifier),
  },
  {
    plan_id: checkIdentifier,
    has_raised_hand: truth,
    is_presenting: truth,
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
  readonly role: Role;
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
    role: checkRole,
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

/**
 * A whole committed plan at the revision of its last change, and the body it is for; replaces what the client had.
 *
 * Everybody gets every plan; which of them they look at is their own affair.
 */
export interface PlanState {
  readonly type: "plan";
  readonly revision: Revision;
  readonly plan_id?: Identifier;
  readonly resections: readonly ResectionState[];
  readonly body?: BodyState | null;
  readonly measurements?: readonly KeptMeasurement[];
  readonly pins?: readonly KeptPin[];
}

const checkPlanState: Check = record(
  {
    type: oneOf("plan"),
    revision: checkRevision,
    resections: list(checkResectionState),
  },
  {
    plan_id: checkIdentifier,
    body: nullable(checkBodyState),
    measurements: list(checkKeptMeasurement),
    pins: list(checkKeptPin),
  },
);

/**
 * All plans there are, in the order they were made; replaces what the client had.
 *
 * `revision` counts all operations, `segmentation` is the sha256 of the case's label map now.
 */
export interface Plans {
  readonly type: "plans";
  readonly revision: Revision;
  readonly segmentation: string;
  readonly plans: readonly PlanEntry[];
}

const checkPlans: Check = record(
  {
    type: oneOf("plans"),
    revision: checkRevision,
    segmentation: text(),
    plans: list(checkPlanEntry, { min: 1 }),
  },
);

/** Everybody in the session; `recording` while it is recorded where they are. */
export interface People {
  readonly type: "people";
  readonly people: readonly PersonState[];
  readonly recording?: RecordingState | null;
}

const checkPeople: Check = record(
  {
    type: oneOf("people"),
    people: list(checkPersonState),
  },
  {
    recording: nullable(checkRecordingState),
  },
);

/** Another person's hand moved. */
export interface ResectionPreviewed {
  readonly type: "resection.previewed";
  readonly client_id: Identifier;
  readonly sequence: number;
  readonly plan_id?: Identifier;
  readonly resection: ResectionState;
}

const checkResectionPreviewed: Check = record(
  {
    type: oneOf("resection.previewed"),
    client_id: checkIdentifier,
    sequence: number({ integer: true }),
    resection: checkResectionState,
  },
  {
    plan_id: checkIdentifier,
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
  readonly plan_id?: Identifier;
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
  {
    plan_id: checkIdentifier,
  },
);

/** The plan or preview has no numbers, and why; older ones are no longer true. */
export interface NumbersFailed {
  readonly message: string;
  readonly cure: string;
  readonly said?: Sentence | null;
  readonly type: "numbers.failed";
  readonly revision: Revision;
  readonly plan_id?: Identifier;
  readonly preview_by: Identifier | null;
  readonly sequence: number | null;
}

const checkNumbersFailed: Check = record(
  {
    message: text(),
    cure: text(),
    type: oneOf("numbers.failed"),
    revision: checkRevision,
    preview_by: nullable(checkIdentifier),
    sequence: nullable(number({ integer: true })),
  },
  {
    said: nullable(checkSentence),
    plan_id: checkIdentifier,
  },
);

/** What the measurements of the plan at `revision` come to, in their order; replaces all that came before. */
export interface Measured {
  readonly type: "measured";
  readonly revision: Revision;
  readonly plan_id?: Identifier;
  readonly values: readonly MeasuredValue[];
}

const checkMeasured: Check = record(
  {
    type: oneOf("measured"),
    revision: checkRevision,
    values: list(checkMeasuredValue),
  },
  {
    plan_id: checkIdentifier,
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

export type RejectionCode = "stale" | "held" | "invalid" | "unknown_resection" | "unknown_proposal" | "unknown_note" | "unknown_plan" | "busy" | "not_saved" | "nothing_to_undo" | "nothing_to_redo" | "overtaken" | "not_allowed";

const checkRejectionCode: Check = oneOf("stale", "held", "invalid", "unknown_resection", "unknown_proposal", "unknown_note", "unknown_plan", "busy", "not_saved", "nothing_to_undo", "nothing_to_redo", "overtaken", "not_allowed");

/** An operation or preview was refused; the `plan` that holds is sent after it. */
export interface Rejected {
  readonly message: string;
  readonly cure: string;
  readonly said?: Sentence | null;
  readonly type: "rejected";
  readonly operation_id: Identifier | null;
  readonly code: RejectionCode;
}

const checkRejected: Check = record(
  {
    message: text(),
    cure: text(),
    type: oneOf("rejected"),
    operation_id: nullable(checkIdentifier),
    code: checkRejectionCode,
  },
  {
    said: nullable(checkSentence),
  },
);

/** What the receiver's next undo and redo would take back, in words ("move cut 1"); null where nothing can be. */
export interface Undoable {
  readonly type: "edit.undoable";
  readonly undo: string | null;
  readonly redo: string | null;
  readonly undo_said?: Sentence | null;
  readonly redo_said?: Sentence | null;
}

const checkUndoable: Check = record(
  {
    type: oneOf("edit.undoable"),
    undo: nullable(text()),
    redo: nullable(text()),
  },
  {
    undo_said: nullable(checkSentence),
    redo_said: nullable(checkSentence),
  },
);

/** A search for proposals is under way; everybody sees it. */
export interface ProposalsProgress {
  readonly type: "proposals.progress";
  readonly request_id: Identifier;
  readonly asked_by: Identifier;
  readonly fraction: number;
  readonly note: string;
}

const checkProposalsProgress: Check = record(
  {
    type: oneOf("proposals.progress"),
    request_id: checkIdentifier,
    asked_by: checkIdentifier,
    fraction: number({ min: 0, max: 1 }),
    note: text(),
  },
);

/**
 * A plan that was found, with its numbers and, in one sentence, why it is there.
 *
 * `clauses` say the same by codes ("why.most" ...), for clients to word.
 */
export interface ProposalState {
  readonly proposal_id: Identifier;
  readonly kind: string;
  readonly title: string;
  readonly reason: string;
  readonly clauses?: readonly Sentence[];
  readonly resections: readonly ResectionState[];
  readonly numbers: PlanNumbers;
}

const checkProposalState: Check = record(
  {
    proposal_id: checkIdentifier,
    kind: text(),
    title: text(),
    reason: text(),
    resections: list(checkResectionState),
    numbers: checkPlanNumbers,
  },
  {
    clauses: list(checkSentence),
  },
);

/** What the search found, best first; everybody gets them, also who joins later. Empty: `note` says why. */
export interface Proposals {
  readonly type: "proposals";
  readonly request_id: Identifier;
  readonly asked_by: Identifier;
  readonly proposals: readonly ProposalState[];
  readonly note: string;
}

const checkProposals: Check = record(
  {
    type: oneOf("proposals"),
    request_id: checkIdentifier,
    asked_by: checkIdentifier,
    proposals: list(checkProposalState),
    note: text(),
  },
);

/** A search ended without an answer. */
export interface ProposalsEnded {
  readonly message: string;
  readonly cure: string;
  readonly said?: Sentence | null;
  readonly type: "proposals.ended";
  readonly request_id: Identifier;
  readonly asked_by: Identifier;
  readonly code: "cancelled" | "replaced" | "failed";
}

const checkProposalsEnded: Check = record(
  {
    message: text(),
    cure: text(),
    type: oneOf("proposals.ended"),
    request_id: checkIdentifier,
    asked_by: checkIdentifier,
    code: oneOf("cancelled", "replaced", "failed"),
  },
  {
    said: nullable(checkSentence),
  },
);

/** One plan of `plans.compare`: its numbers, or null and why. */
export interface ComparedPlan {
  readonly message: string;
  readonly cure: string;
  readonly said?: Sentence | null;
  readonly name: string;
  readonly numbers: PlanNumbers | null;
}

const checkComparedPlan: Check = record(
  {
    message: text(),
    cure: text(),
    name: text(),
    numbers: nullable(checkPlanNumbers),
  },
  {
    said: nullable(checkSentence),
  },
);

/** Answer to `plans.compare`, in the order asked for; numbers equal those of a commit of the same resections. */
export interface PlansCompared {
  readonly type: "plans.compared";
  readonly request_id: Identifier;
  readonly plans: readonly ComparedPlan[];
}

const checkPlansCompared: Check = record(
  {
    type: oneOf("plans.compared"),
    request_id: checkIdentifier,
    plans: list(checkComparedPlan),
  },
);

/** The server refuses the connection or the message; the socket is closed if `fatal`. */
export interface Fault {
  readonly message: string;
  readonly cure: string;
  readonly said?: Sentence | null;
  readonly type: "fault";
  readonly code: string;
  readonly fatal: boolean;
}

const checkFault: Check = record(
  {
    message: text(),
    cure: text(),
    type: oneOf("fault"),
    code: text(),
    fatal: truth,
  },
  {
    said: nullable(checkSentence),
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

export type ReplayMarkKind = "cut_added" | "cut_moved" | "cut_turned" | "cut_bent" | "cut_reshaped" | "cut_flipped" | "cut_changed" | "cut_removed" | "plan_replaced" | "body" | "measurement" | "pin" | "note_removed" | "undone" | "redone" | "plan_made" | "plan_named" | "plan_removed" | "version" | "proposed" | "confirmed" | "withdrawn";

const checkReplayMarkKind: Check = oneOf("cut_added", "cut_moved", "cut_turned", "cut_bent", "cut_reshaped", "cut_flipped", "cut_changed", "cut_removed", "plan_replaced", "body", "measurement", "pin", "note_removed", "undone", "redone", "plan_made", "plan_named", "plan_removed", "version", "proposed", "confirmed", "withdrawn");

/**
 * One operation: who did what to which plan, and when (ISO 8601 in UTC).
 *
 * `cut` is the number of the cut that it was about; `name` what was named by it: a plan, a version, a pin's text.
 */
export interface ReplayMark {
  readonly revision: Revision;
  readonly at: string;
  readonly by: Identifier;
  readonly plan_id: Identifier;
  readonly plan_name: string;
  readonly kind: ReplayMarkKind;
  readonly cut: number | null;
  readonly name: string;
}

const checkReplayMark: Check = record(
  {
    revision: checkRevision,
    at: text(),
    by: checkIdentifier,
    plan_id: checkIdentifier,
    plan_name: text(),
    kind: checkReplayMarkKind,
    cut: nullable(number({ integer: true, min: 1 })),
    name: text(),
  },
);

/** Somebody who changed something or was there; `display_name` as they gave it last, empty if they gave none. */
export interface ReplayPerson {
  readonly client_id: Identifier;
  readonly display_name: string;
  readonly colour: string;
  readonly device: Device;
}

const checkReplayPerson: Check = record(
  {
    client_id: checkIdentifier,
    display_name: text(),
    colour: text(),
    device: checkDevice,
  },
);

/** From when to when somebody was there; null: nobody wrote down that they left. */
export interface ReplayVisit {
  readonly client_id: Identifier;
  readonly joined_at: string;
  readonly left_at: string | null;
}

const checkReplayVisit: Check = record(
  {
    client_id: checkIdentifier,
    joined_at: text(),
    left_at: nullable(text()),
  },
);

/** A part of the recording of people, asked for by its number; times in ISO 8601 in UTC. */
export interface RecordedStretch {
  readonly number: number;
  readonly started_at: string;
  readonly ended_at: string;
}

const checkRecordedStretch: Check = record(
  {
    number: number({ integer: true, min: 0 }),
    started_at: text(),
    ended_at: text(),
  },
);

/** Everything that happened, in order. `revision` is that of the last operation. */
export interface ReplayTimeline {
  readonly case_id: Identifier;
  readonly revision: Revision;
  readonly marks: readonly ReplayMark[];
  readonly people: readonly ReplayPerson[];
  readonly visits: readonly ReplayVisit[];
  readonly recorded: readonly RecordedStretch[];
  readonly damaged_recordings: number;
}

const checkReplayTimeline: Check = record(
  {
    case_id: checkIdentifier,
    revision: checkRevision,
    marks: list(checkReplayMark),
    people: list(checkReplayPerson),
    visits: list(checkReplayVisit),
    recorded: list(checkRecordedStretch),
    damaged_recordings: number({ integer: true, min: 0 }),
  },
);

/** All plans as they were after operation `revision`: the fold of the first operations. */
export interface ReplayedPlans {
  readonly revision: Revision;
  readonly plans: Plans;
  readonly contents: readonly PlanState[];
}

const checkReplayedPlans: Check = record(
  {
    revision: checkRevision,
    plans: checkPlans,
    contents: list(checkPlanState),
  },
);

/** The numbers of a plan as it was, counted on the case as it is now; null, and why, where it has none. */
export interface ReplayedNumbers {
  readonly revision: Revision;
  readonly plan_id: Identifier;
  readonly numbers: PlanNumbers | null;
  readonly measured: readonly MeasuredValue[];
  readonly message: string;
  readonly cure: string;
  readonly notice: "Research use, not a medical device";
}

const checkReplayedNumbers: Check = record(
  {
    revision: checkRevision,
    plan_id: checkIdentifier,
    numbers: nullable(checkPlanNumbers),
    measured: list(checkMeasuredValue),
    message: text(),
    cure: text(),
    notice: oneOf("Research use, not a medical device"),
  },
);

export type PresenceSample = readonly number[];

const checkPresenceSample: Check = list(number({ integer: true }), { min: 2, max: 30 });

/**
 * Where one of the people was.
 *
 * The first of a sample is milliseconds since the stretch began; the second a sum: 1 there, 2 left hand, 4 right
 * hand, 8 a ray. Then, of what is there: the model's scale in hundredths, head, left and right hand (LPS mm three
 * times, quaternion in thousandths four times), and the ray (LPS mm six times). A sum of 0: not seen from then on.
 */
export interface RecordedPerson {
  readonly client_id: Identifier;
  readonly display_name: string;
  readonly colour: string;
  readonly device: Device;
  readonly samples: readonly PresenceSample[];
}

const checkRecordedPerson: Check = record(
  {
    client_id: checkIdentifier,
    display_name: text(),
    colour: text(),
    device: checkDevice,
    samples: list(checkPresenceSample),
  },
);

/** One stretch of the recording. */
export interface RecordedPresence {
  readonly number: number;
  readonly started_at: string;
  readonly ended_at: string;
  readonly people: readonly RecordedPerson[];
}

const checkRecordedPresence: Check = record(
  {
    number: number({ integer: true, min: 0 }),
    started_at: text(),
    ended_at: text(),
    people: list(checkRecordedPerson),
  },
);

/** A picture of a plan, made where it is looked at: PNG or JPEG in base64. */
export interface MinutesPicture {
  readonly plan_id: Identifier;
  readonly media_type: "image/png" | "image/jpeg";
  readonly base64: string;
}

const checkMinutesPicture: Check = record(
  {
    plan_id: checkIdentifier,
    media_type: oneOf("image/png", "image/jpeg"),
    base64: text({ min: 1, max: 1400000, pattern: /^[A-Za-z0-9+/]+={0,2}$/ }),
  },
);

/** Wants the minutes of the session; answered by the document. */
export interface MakeMinutes {
  readonly format: "html" | "markdown";
  readonly pictures: readonly MinutesPicture[];
}

const checkMakeMinutes: Check = record(
  {
    format: oneOf("html", "markdown"),
    pictures: list(checkMinutesPicture, { max: 12 }),
  },
);

/** What a client sends on the control socket. */
export type ClientMessage =
  | SetBody
  | RedoEdit
  | UndoEdit
  | Hello
  | RemoveMeasurement
  | SetMeasurement
  | AskParts
  | CancelParts
  | RemovePin
  | SetPin
  | Ping
  | ConfirmPlan
  | CreatePlan
  | LookAtPlan
  | ProposePlan
  | RemovePlan
  | RenamePlan
  | ReplacePlan
  | RestoreVersion
  | KeepVersion
  | WithdrawPlan
  | ComparePlans
  | GatherPeople
  | MovePresence
  | PresentView
  | RaiseHand
  | RecordPresence
  | AskProposals
  | CancelProposals
  | TakeProposal
  | AroundTumour
  | CancelPreview
  | CommitResection
  | PreviewResection
  | RemoveResection
  | OfTerritory
  | ThroughLine
  | AskResectogram
  | JoinVoice
  | LeaveVoice
  | MuteVoice
  | SignalVoice;

const checkClientMessage: Check = tagged({
  "body.set": checkSetBody,
  "edit.redo": checkRedoEdit,
  "edit.undo": checkUndoEdit,
  "hello": checkHello,
  "measurement.remove": checkRemoveMeasurement,
  "measurement.set": checkSetMeasurement,
  "parts.ask": checkAskParts,
  "parts.cancel": checkCancelParts,
  "pin.remove": checkRemovePin,
  "pin.set": checkSetPin,
  "ping": checkPing,
  "plan.confirm": checkConfirmPlan,
  "plan.create": checkCreatePlan,
  "plan.look": checkLookAtPlan,
  "plan.propose": checkProposePlan,
  "plan.remove": checkRemovePlan,
  "plan.rename": checkRenamePlan,
  "plan.replace": checkReplacePlan,
  "plan.restore": checkRestoreVersion,
  "plan.version": checkKeepVersion,
  "plan.withdraw": checkWithdrawPlan,
  "plans.compare": checkComparePlans,
  "presence.gather": checkGatherPeople,
  "presence.move": checkMovePresence,
  "presence.present": checkPresentView,
  "presence.raise": checkRaiseHand,
  "presence.record": checkRecordPresence,
  "proposals.ask": checkAskProposals,
  "proposals.cancel": checkCancelProposals,
  "proposals.take": checkTakeProposal,
  "resection.around_tumour": checkAroundTumour,
  "resection.cancel": checkCancelPreview,
  "resection.commit": checkCommitResection,
  "resection.preview": checkPreviewResection,
  "resection.remove": checkRemoveResection,
  "resection.territory": checkOfTerritory,
  "resection.through_line": checkThroughLine,
  "resectogram.ask": checkAskResectogram,
  "voice.join": checkJoinVoice,
  "voice.leave": checkLeaveVoice,
  "voice.mute": checkMuteVoice,
  "voice.signal": checkSignalVoice,
});

/** Checks parsed JSON. @throws ProtocolError where it is no ClientMessage. */
export function parseClientMessage(value: unknown): ClientMessage {
  checkClientMessage(value, "ClientMessage");
  return value as ClientMessage;
}

/** What the server sends on the control socket. */
export type ServerMessage =
  | Committed
  | Undoable
  | Fault
  | Measured
  | Numbers
  | NumbersFailed
  | Parts
  | PartsEnded
  | PartsProgress
  | People
  | PlanState
  | Plans
  | PlansCompared
  | Pong
  | Presence
  | Gathered
  | Proposals
  | ProposalsEnded
  | ProposalsProgress
  | Rejected
  | PreviewCancelled
  | ResectionPreviewed
  | Resectogram
  | ResectogramFailed
  | Scene
  | VoiceRoom
  | VoiceJoined
  | VoiceSignalled
  | Welcome;

const checkServerMessage: Check = tagged({
  "committed": checkCommitted,
  "edit.undoable": checkUndoable,
  "fault": checkFault,
  "measured": checkMeasured,
  "numbers": checkNumbers,
  "numbers.failed": checkNumbersFailed,
  "parts": checkParts,
  "parts.ended": checkPartsEnded,
  "parts.progress": checkPartsProgress,
  "people": checkPeople,
  "plan": checkPlanState,
  "plans": checkPlans,
  "plans.compared": checkPlansCompared,
  "pong": checkPong,
  "presence": checkPresence,
  "presence.gathered": checkGathered,
  "proposals": checkProposals,
  "proposals.ended": checkProposalsEnded,
  "proposals.progress": checkProposalsProgress,
  "rejected": checkRejected,
  "resection.cancelled": checkPreviewCancelled,
  "resection.previewed": checkResectionPreviewed,
  "resectogram": checkResectogram,
  "resectogram.failed": checkResectogramFailed,
  "scene": checkScene,
  "voice": checkVoiceRoom,
  "voice.joined": checkVoiceJoined,
  "voice.signalled": checkVoiceSignalled,
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

/** Checks parsed JSON. @throws ProtocolError where it is no InviteMade. */
export function parseInviteMade(value: unknown): InviteMade {
  checkInviteMade(value, "InviteMade");
  return value as InviteMade;
}

/** Checks parsed JSON. @throws ProtocolError where it is no Invites. */
export function parseInvites(value: unknown): Invites {
  checkInvites(value, "Invites");
  return value as Invites;
}

/** Checks parsed JSON. @throws ProtocolError where it is no Me. */
export function parseMe(value: unknown): Me {
  checkMe(value, "Me");
  return value as Me;
}

/** Checks parsed JSON. @throws ProtocolError where it is no ReplayTimeline. */
export function parseReplayTimeline(value: unknown): ReplayTimeline {
  checkReplayTimeline(value, "ReplayTimeline");
  return value as ReplayTimeline;
}

/** Checks parsed JSON. @throws ProtocolError where it is no ReplayedPlans. */
export function parseReplayedPlans(value: unknown): ReplayedPlans {
  checkReplayedPlans(value, "ReplayedPlans");
  return value as ReplayedPlans;
}

/** Checks parsed JSON. @throws ProtocolError where it is no ReplayedNumbers. */
export function parseReplayedNumbers(value: unknown): ReplayedNumbers {
  checkReplayedNumbers(value, "ReplayedNumbers");
  return value as ReplayedNumbers;
}

/** Checks parsed JSON. @throws ProtocolError where it is no RecordedPresence. */
export function parseRecordedPresence(value: unknown): RecordedPresence {
  checkRecordedPresence(value, "RecordedPresence");
  return value as RecordedPresence;
}
