// What can be commanded by voice: the palette's commands, each with further names as people say them.
import type { PlanningApp } from "../planning-app";
import type { StructureAsset } from "../protocol";
import { strings } from "../strings";
import { commandsOf } from "../tools/commands";
import { type SpokenCommand, sayings } from "./matching";

export function spokenCommandsOf(app: PlanningApp): readonly SpokenCommand[] {
  const further = new Map<string, readonly string[]>(
    Object.entries(strings.spoken.names).map(([id, said]) => [id, sayings(said)]),
  );
  const { structures = [] } = app.session.state.getState().scene ?? {};
  const { appearances } = app.ui.getState();
  const already: SpokenCommand[] = [];
  for (const structure of structures) {
    const shown = appearances[structure.name]?.visible;
    if (shown === undefined) continue;
    const { show, hide, isolate } = strings.spoken.verbs;
    further.set(`only-${structure.name}`, verbsWith(isolate, structure));
    further.set(`show-${structure.name}`, verbsWith(shown ? hide : show, structure));
    already.push(alreadySo(app, structure, shown));
  }
  return [...commandsOf(app).map((command) => ({ ...command, names: further.get(command.id) ?? [] })), ...already];
}

/** The palette offers what changes something; who says the other is told that it is so already. */
function alreadySo(app: PlanningApp, structure: StructureAsset, shown: boolean): SpokenCommand {
  const { title } = structure;
  const { show, hide } = strings.spoken.verbs;
  return {
    id: `already-${structure.name}`,
    title: shown ? strings.palette.show(title) : strings.palette.hide(title),
    names: verbsWith(shown ? show : hide, structure),
    run: () =>
      app.session.tell(
        shown ? strings.spoken.alreadyShown(title) : strings.spoken.alreadyHidden(title),
        strings.spoken.alreadyCure,
      ),
  };
}

function verbsWith(verbs: string, { title }: StructureAsset): readonly string[] {
  return sayings(verbs).map((verb) => `${verb} ${title}`);
}
