// Line icons, 20 x 20, drawn here so that nothing is fetched.
const PATHS = {
  move: "M10 2v16M2 10h16M10 2 7.5 4.5M10 2l2.5 2.5M10 18l-2.5-2.5M10 18l2.5-2.5M2 10l2.5-2.5M2 10l2.5 2.5M18 10l-2.5-2.5M18 10l-2.5 2.5",
  rotate: "M16 10a6 6 0 1 1-2-4.5M14 2v3.8h-3.8",
  flip: "M10 2v16M7 6 3 10l4 4M13 6l4 4-4 4",
  remove: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6",
  add: "M10 4v12M4 10h12",
  frame: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.5 2.3c-.8.4-1 .9-1 1.7M10 14.5v.1",
  eye: "M1.5 10S4.5 4.5 10 4.5 18.5 10 18.5 10 15.5 15.5 10 15.5 1.5 10 1.5 10ZM10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  eyeOff:
    "M3 3l14 14M8.5 4.7A8 8 0 0 1 10 4.5c5.5 0 8.5 5.5 8.5 5.5a14 14 0 0 1-2.6 3.2M5.5 6.3A13 13 0 0 0 1.5 10S4.5 15.5 10 15.5c1.3 0 2.5-.3 3.5-.8",
  headset:
    "M2.5 7.5c0-1.1.9-2 2-2h11c1.1 0 2 .9 2 2v5c0 1.1-.9 2-2 2h-2.8c-.6 0-1.1-.3-1.5-.8L10 12.2l-1.2 1.5c-.4.5-.9.8-1.5.8H4.5c-1.1 0-2-.9-2-2z",
  people:
    "M7 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM1.5 17c0-3 2.5-5 5.5-5s5.5 2 5.5 5M13 9.3a2.7 2.7 0 1 0-.8-5.2M14.5 12.2c2.3.500 4 2.3 4 4.8",
  close: "M5 5l10 10M15 5 5 15",
  back: "M12 4 6 10l6 6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
