import "../design/choices.css";
import { useState } from "react";
import { chooseContrast, chooseTheme, chosenContrast, chosenTheme, THEMES } from "../design/theme";
import type { PlanningApp } from "../planning-app";
import { language, strings } from "../strings";
import { chooseHand, type Side } from "../ui-state";
import { chooseLanguage, LANGUAGES, type Language } from "../words/language";
import { Choice } from "./choice";
import { Dialog } from "./dialog";
import { SpokenSettings } from "./spoken-settings";
import { useUi } from "./use-app";
import { VoiceSettings } from "./voice-settings";

export function SettingsDialog({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (state) => state.settingsOpen);
  const hand = useUi(app, (state) => state.hand);
  const [theme, setTheme] = useState(chosenTheme);
  const [contrast, setContrast] = useState(chosenContrast);
  if (!open) return null;
  const words = strings.settings;
  return (
    <Dialog title={words.title} onClose={() => app.ui.setState({ settingsOpen: false })}>
      <div className="settings">
        <p className="soft">{words.lead}</p>
        <Choice
          title={words.language}
          hint={words.languageHint}
          options={Object.entries(LANGUAGES)}
          value={language}
          choose={(chosen) => {
            chooseLanguage(chosen as Language);
            location.reload();
          }}
        />
        <Choice
          title={words.theme}
          options={THEMES.map((one) => [one, words.themes[one]])}
          value={theme}
          choose={(chosen) => {
            const next = THEMES.find((one) => one === chosen) ?? "system";
            setTheme(next);
            chooseTheme(next);
          }}
        />
        <Choice
          title={words.hand}
          options={Object.entries(strings.xr.hand)}
          value={hand}
          choose={(chosen) => chooseHand(app.ui, chosen as Side)}
        />
        <label className="check">
          <input
            type="checkbox"
            checked={contrast}
            onChange={(event) => {
              setContrast(event.target.checked);
              chooseContrast(event.target.checked);
            }}
          />
          {words.contrast}
        </label>
        <VoiceSettings app={app} />
        <SpokenSettings app={app} />
        <p className="soft">{words.notice}</p>
      </div>
    </Dialog>
  );
}
