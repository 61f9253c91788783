// Styles that the page asked for itself may come after the first script.

/** Resolves when all of the page's style sheets have come, or failed. */
export async function stylesReady(): Promise<void> {
  const links = [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")];
  await Promise.all(links.filter(({ sheet }) => sheet === null).map(settled));
}

function settled(link: HTMLLinkElement): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ["load", "error"]) link.addEventListener(name, () => resolve(), { once: true });
  });
}
