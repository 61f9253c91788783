// Whether a text looks as if it said who the patient is: everybody in the session would read it, and the file keeps it.

const SIGNS: readonly RegExp[] = [
  // Dates, as of birth: 3.4.1961, 1961-04-03, 03/04/61.
  /\b\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\b/,
  // Record, insurance and telephone numbers.
  /\d[\d\s-]{5,}\d/,
  /\b(mrs?|ms|dr|prof|herrn?|frau|mme|monsieur|madame|mlle)\b\.?\s+\p{L}/iu,
  /\b(patient(in)?|name|born|dob|mrn|geb|geboren|nom|né|née|nhs|ssn)\b\.?\s*[:#=]/iu,
  /\S+@\S+\.\S+/,
  // A given name and a family name and nothing else: "Anna Meier", "MEIER, Anna".
  /^\p{Lu}[\p{L}'-]+,?\s+\p{Lu}[\p{L}'-]+$/u,
];

/** Words of anatomy that are written like a name. */
const ANATOMY =
  /\b(segment|vein|artery|portal|hepatic|liver|tumou?r|margin|duct|lobe|vena|cava|vene|leber|veine|foie)\b/iu;

export function mayIdentify(text: string): boolean {
  const plain = text.trim();
  return SIGNS.some((sign, index) => sign.test(plain) && !(index === SIGNS.length - 1 && ANATOMY.test(plain)));
}
