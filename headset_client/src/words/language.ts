// Which language this device reads, and what a translation of the words is.

/** Each by its own name, as a person looks for it. */
export const LANGUAGES = { en: "English", de: "Deutsch", fr: "Français" } as const;

export type Language = keyof typeof LANGUAGES;

const LANGUAGE_KEY = "cantlie-language";

/** The words as any language says them: literals become text, functions keep what they are given. */
export type Worded<T> = T extends string
  ? string
  : T extends (...given: infer Given) => string
    ? (...given: Given) => string
    : T extends readonly unknown[]
      ? { readonly [Index in keyof T]: Worded<T[Index]> }
      : T extends object
        ? { readonly [Key in keyof T]: Worded<T[Key]> }
        : T;

/** What is not translated yet is said in English; of lists, all or nothing. */
export type Translation<T> = T extends string | ((...given: never) => string)
  ? Worded<T>
  : T extends readonly unknown[]
    ? readonly Listed<T[number]>[]
    : { readonly [Key in keyof T]?: Translation<T[Key]> };

type Listed<T> = T extends string
  ? string
  : T extends readonly unknown[]
    ? readonly Listed<T[number]>[]
    : { readonly [Key in keyof T]: Listed<T[Key]> };

/** What this person chose on this device, else the first language of the browser that there is. */
export function chosenLanguage(): Language {
  const wished = [kept(), ...(typeof navigator === "undefined" ? [] : navigator.languages)];
  return wished.map((tag) => tag?.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

/** Takes effect when the page is loaded next. */
export function chooseLanguage(language: Language): void {
  try {
    localStorage.setItem(LANGUAGE_KEY, language);
  } catch {
    // Storage is refused: the browser's own language stays.
  }
}

/** The words in one language: the translation, and English where it is silent. */
export function worded<T extends object>(english: T, translation: Translation<T>): Worded<T> {
  const said: Record<string, unknown> = {};
  for (const [key, word] of Object.entries(english)) {
    const other = (translation as Record<string, unknown>)[key];
    if (other === undefined) said[key] = word;
    else said[key] = isGroup(word) ? worded(word, other as object) : other;
  }
  return said as Worded<T>;
}

/** Words that a translation lacks, as paths: for the tests. */
export function unsaid(english: object, translation: object, path = ""): string[] {
  return Object.entries(english).flatMap(([key, word]) => {
    const other = (translation as Record<string, unknown>)[key];
    const name = path + key;
    if (other === undefined) return [name];
    if (Array.isArray(word) && word.length !== (other as unknown[]).length) return [`${name} (another length)`];
    return typeof word === "object" && word !== null ? unsaid(word, other as object, `${name}.`) : [];
  });
}

function isGroup(word: unknown): word is object {
  return typeof word === "object" && word !== null && !Array.isArray(word);
}

function isLanguage(tag: string | undefined): tag is Language {
  return tag !== undefined && Object.hasOwn(LANGUAGES, tag);
}

function kept(): string | null {
  try {
    return localStorage.getItem(LANGUAGE_KEY);
  } catch {
    return null;
  }
}
