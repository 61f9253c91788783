import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { Dialog } from "./dialog";
import { useUi } from "./use-app";

export function HelpDialog({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (state) => state.helpOpen);
  if (!open) return null;
  return (
    <Dialog title={strings.help.title} onClose={() => app.ui.setState({ helpOpen: false })}>
      <div className="help-groups">
        {[...strings.help.groups, strings.measuring.help].map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(([keys, meaning]) => (
                <div key={keys}>
                  <dt>{keys}</dt>
                  <dd>{meaning}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
