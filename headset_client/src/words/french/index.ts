import { access } from "./access";
import { choices } from "./choices";
import { cuts } from "./cuts";
import { headset } from "./headset";
import { help } from "./help";
import { measuring } from "./measuring";
import { planning } from "./planning";
import { plans } from "./plans";
import { presence } from "./presence";
import { reading } from "./reading";
import { replay } from "./replay";
import { session } from "./session";
import { sideBySide } from "./side-by-side";
import { spoken } from "./spoken";
import { voice } from "./voice";

export { anatomy } from "./anatomy";
export { said } from "./said";

export const words = {
  notice: "Pour la recherche, pas un dispositif médical",
  noticeShort: "Recherche uniquement",
  ...session,
  ...reading,
  ...planning,
  ...plans,
  ...headset,
  ...help,
  ...choices,
  ...cuts,
  ...access,
  ...presence,
  ...replay,
  ...measuring,
  ...sideBySide,
  ...voice,
  ...spoken,
};
