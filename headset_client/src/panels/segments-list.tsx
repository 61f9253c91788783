import type { PlanningApp } from "../planning-app";
import type { SegmentAsset } from "../protocol";
import { formatMl, formatNumber, strings } from "../strings";
import { useUi } from "./use-app";

interface SegmentsListProps {
  readonly app: PlanningApp;
  readonly segments: readonly SegmentAsset[];
  readonly variants: readonly string[];
}

/** Volumes of the Couinaud segments; the list is open while they colour the liver. */
export function SegmentsList({ app, segments, variants }: SegmentsListProps) {
  const shown = useUi(app, (state) => state.showSegments);
  if (segments.length === 0) return null;
  const total = segments.reduce((sum, segment) => sum + segment.volume_ml, 0);
  return (
    <details
      className="segments"
      open={shown}
      onToggle={(event) => app.ui.setState({ showSegments: event.currentTarget.open })}
    >
      <summary>{strings.segments.title}</summary>
      <p className="soft">{strings.segments.lead}</p>
      <ul>
        {segments.map((segment) => (
          <li key={segment.name} title={strings.segments.uncertain(formatMl(segment.uncertain_ml))}>
            <span className="swatch" style={{ background: segment.colour }} />
            <span className="name">{segment.title}</span>
            <span className="share">{strings.segments.share(formatNumber((100 * segment.volume_ml) / total))}</span>
            <span className="volume">{formatMl(segment.volume_ml)}</span>
          </li>
        ))}
      </ul>
      {variants.length > 0 && (
        <>
          <h3>{strings.segments.variants}</h3>
          <ul className="variants">
            {variants.map((variant) => (
              <li key={variant}>{variant}</li>
            ))}
          </ul>
        </>
      )}
    </details>
  );
}
