import "../design/segmented.css";

interface ChoiceProps<T extends string> {
  readonly title: string;
  readonly hint?: string;
  readonly options: readonly (readonly [T, string])[];
  readonly value: T;
  readonly choose: (value: T) => void;
}

/** One of a few, side by side. */
export function Choice<T extends string>({ title, hint, options, value, choose }: ChoiceProps<T>) {
  return (
    <fieldset>
      <legend>{title}</legend>
      <div className="segmented">
        {options.map(([one, label]) => (
          <label key={one} className={one === value ? "chosen" : ""}>
            <input type="radio" name={title} checked={one === value} onChange={() => choose(one)} />
            {label}
          </label>
        ))}
      </div>
      {hint && <p className="soft">{hint}</p>}
    </fieldset>
  );
}
