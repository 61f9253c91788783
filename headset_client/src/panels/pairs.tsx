/** Names with their values, one a row. */
export function Pairs({ pairs }: { readonly pairs: readonly (readonly [string, string])[] }) {
  return (
    <dl className="pairs">
      {pairs.map(([what, value], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: branches without a name share their words
        <div key={index}>
          <dt>{what}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
