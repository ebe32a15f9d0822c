import { formatBytes } from "./format.ts";
import { JsonViewer } from "./json-viewer.tsx";

/** A text as this person may see it: `text` is null when it was not read, and `note` says what is missing. */
interface Payload {
  text: string | null;
  masked: boolean;
  bytes: number;
  note: string | null;
}

/** A stored text: keys and shape, or, once revealed, every digit of it. */
export function PayloadView({ payload, label }: { payload: Payload; label: string }) {
  const { text, masked, bytes, note } = payload;
  return (
    <div className="flex flex-col gap-1.5">
      {text === null ? (
        <p className="text-muted">{note ?? "There is none."}</p>
      ) : (
        <JsonViewer text={text} label={label} />
      )}
      <p className="text-xs text-muted">
        {formatBytes(bytes)}
        {masked ? " · values masked" : " · as stored"}
        {text !== null && note ? ` · ${note}` : ""}
      </p>
    </div>
  );
}
