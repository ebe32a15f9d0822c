"use client";
import { CodeBlock } from "#components/data/code-block.tsx";
import { Status } from "#components/data/status-dot.tsx";
import type { Tone } from "#components/ui/tone.ts";
import type { OverviewSource } from "#lib/overview/schema.ts";

type Capability = OverviewSource["capabilities"][number];

/** What the source can do with the rights it was given, and the exact statement that would add the rest. */
export function CapabilityList({ capabilities }: { capabilities: readonly Capability[] }) {
  if (capabilities.length === 0)
    return (
      <p className="text-sm text-muted">
        Not probed yet: the worker does it with the first collection.
      </p>
    );
  return (
    <ul className="grid gap-x-6 gap-y-2 xl:grid-cols-2">
      {capabilities.map((capability) => (
        <li key={capability.id} className="grid gap-x-3 gap-y-1 sm:grid-cols-[5rem_minmax(0,1fr)]">
          <Status tone={toneOf(capability)} className="self-start">
            {wordOf(capability)}
          </Status>
          <div className="min-w-0">
            <p className="font-medium">{capability.title}</p>
            <p className="text-muted wrap-anywhere">{capability.detail}</p>
            {capability.grant && capability.ok !== true ? (
              <CodeBlock text={capability.grant} label={`How to allow: ${capability.title}`} />
            ) : null}
          </div>
        </li>
      ))}
    </ul>
  );
}

function toneOf({ ok, needed }: Capability): Tone {
  if (ok === null) return "unknown";
  if (ok) return "ok";
  return needed === "required" ? "crit" : "warn";
}

function wordOf({ ok, needed }: Capability): string {
  if (ok === null) return "unknown";
  if (ok) return "yes";
  return needed === "required" ? "missing" : "no";
}
