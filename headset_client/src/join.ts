// The page at the door, without three.js: a headset's browser has it at once.
import "./design/fonts.css";
import "./design/style.css";
import { followTheme } from "./design/theme";
import { language } from "./strings";

followTheme();
document.documentElement.lang = language;
const root = document.getElementById("root");
if (root) void import("./panels/join-page").then(({ mountJoin }) => mountJoin(root));
