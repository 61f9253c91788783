import { useEffect, useState } from "react";
import { type BrokenCase, type CaseList, type CaseSummary, parseCaseList } from "../protocol";
import { withNames } from "../session/names";
import { formatMl, strings } from "../strings";
import { BrandMark } from "./top-bar";

type Listing =
  | { readonly kind: "loading" }
  | { readonly kind: "failed" }
  | { readonly kind: "ready"; readonly list: CaseList };

async function loadCases(): Promise<CaseList> {
  const response = await fetch("/api/cases");
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return withNames(parseCaseList(await response.json()));
}

export function StartPage() {
  const [listing, setListing] = useState<Listing>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another load
  useEffect(() => {
    setListing({ kind: "loading" });
    loadCases().then(
      (list) => setListing({ kind: "ready", list }),
      () => setListing({ kind: "failed" }),
    );
  }, [attempt]);
  return (
    <main className="start">
      <header>
        <div className="brand large">
          <BrandMark />
          <span>{strings.product}</span>
        </div>
        <p className="notice">{strings.notice}</p>
      </header>
      <h1>{strings.start.title}</h1>
      <p className="lead">{strings.start.lead}</p>
      {listing.kind === "loading" && <p className="soft">{strings.start.loading}</p>}
      {listing.kind === "failed" && (
        <section className="card failed" role="alert">
          <h2>{strings.start.failed}</h2>
          <p>{strings.start.failedCure}</p>
          <button type="button" className="button" onClick={() => setAttempt(attempt + 1)}>
            {strings.start.retry}
          </button>
        </section>
      )}
      {listing.kind === "ready" && <Cases list={listing.list} />}
    </main>
  );
}

function Cases({ list }: { readonly list: CaseList }) {
  if (list.cases.length === 0 && list.broken.length === 0) return <NoCases />;
  return (
    <ul className="cases">
      {list.cases.map((summary) => (
        <li key={summary.case_id}>
          <CaseCard summary={summary} />
        </li>
      ))}
      {list.broken.map((broken) => (
        <li key={broken.case_id}>
          <BrokenCard broken={broken} />
        </li>
      ))}
    </ul>
  );
}

function CaseCard({ summary }: { readonly summary: CaseSummary }) {
  const made = new Date(summary.created_at);
  return (
    <a className="card case" href={`/cases/${summary.case_id}`}>
      <h2>{summary.title}</h2>
      <p className="facts">
        {summary.liver_ml !== null && (
          <span>
            {strings.start.liver} {formatMl(summary.liver_ml)}
          </span>
        )}
        <span>{strings.start.tumours(summary.tumour_count)}</span>
        <span>{strings.start.structures(summary.structure_count)}</span>
      </p>
      {summary.warnings.map((warning) => (
        <p key={warning} className="caution">
          {warning}
        </p>
      ))}
      <p className="made">
        {Number.isNaN(made.getTime())
          ? summary.created_at
          : made.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}
        <span className="go">{strings.start.open} ›</span>
      </p>
    </a>
  );
}

function BrokenCard({ broken }: { readonly broken: BrokenCase }) {
  return (
    <article className="card broken">
      <h2>{broken.case_id}</h2>
      <p className="caution">{strings.start.broken}</p>
      <p>{broken.message}</p>
      <p className="soft">{broken.cure}</p>
    </article>
  );
}

function NoCases() {
  return (
    <section className="card empty-cases">
      <h2>{strings.start.emptyTitle}</h2>
      <p>{strings.start.emptyLead}</p>
      <pre>{strings.start.emptyPrepare}</pre>
      <pre>{strings.start.emptyDemo}</pre>
    </section>
  );
}
