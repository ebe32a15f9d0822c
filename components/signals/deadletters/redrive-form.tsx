"use client";
import { RotateCw } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { useDenial } from "#components/data/actor.tsx";
import { formatInteger } from "#components/data/format.ts";
import { Panel } from "#components/data/panel.tsx";
import { Button } from "#components/ui/button.tsx";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import type { Run } from "#lib/actions/schema.ts";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import { redriveHref, REDRIVES_HREF } from "./links.ts";
import { PlanFields } from "./redrive-fields.tsx";
import { incidentName, type RedrivePlan, planProblem } from "./redrive-plan.ts";
import { RedriveWords } from "./redrive-words.tsx";

interface RedriveFormProps {
  selection: Selection;
  onCountAgain: () => void;
}

/** How it is to be sent, what that comes to, and the button that starts it. */
export function RedriveForm({ selection, onCountAgain }: RedriveFormProps) {
  const [plan, setPlan] = useState<RedrivePlan>(() => ({
    name: incidentName(selection, new Date()),
    rate: 100,
    canary: 10,
    stopPercent: 20,
    resetAttempts: false,
    target: "",
  }));
  const [open, setOpen] = useState(false);
  const router = useRouter();
  const denial = useDenial("redrives.start");
  const change = (part: Partial<RedrivePlan>) => setPlan({ ...plan, ...part });
  const problem = planProblem(plan, selection);
  return (
    <Panel title="How it is sent">
      <div className="flex flex-col gap-3">
        <PlanFields plan={plan} selection={selection} onChange={change} />
        <RedriveWords plan={plan} selection={selection} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onCountAgain}>Count again</Button>
          <ReasonedButton
            variant="primary"
            icon={<RotateCw className="size-3.5" />}
            disabledReason={denial ?? problem}
            aria-haspopup="dialog"
            onClick={() => setOpen(true)}
          >
            Redrive {formatInteger(selection.total)}
          </ReasonedButton>
        </div>
      </div>
      <ActionDialog
        open={open}
        onOpenChange={setOpen}
        action="redrives.start"
        label={`Redrive ${formatInteger(selection.total)}`}
        title={plan.name}
        about={<RedriveWords plan={plan} selection={selection} />}
        input={{
          q: selection.query,
          upTo: selection.upTo,
          expected: selection.total,
          name: plan.name,
          rate: plan.rate,
          canary: plan.canary,
          stopRatio: plan.stopPercent / 100,
          resetAttempts: plan.resetAttempts,
          target: plan.target || null,
        }}
        renderResult={started}
        onDone={(run) => run.state === "succeeded" && router.push(placeOf(run))}
      />
    </Panel>
  );
}

/** One redrive per queue. */
const startedBy = (result: Run["result"]) =>
  (result as { redrives: { id: string; queue: string }[] }).redrives;

/** Where to look once it is started. */
function placeOf({ result }: Run): string {
  const [only, ...others] = result === null ? [] : startedBy(result);
  return only && others.length === 0 ? redriveHref(only.id) : REDRIVES_HREF;
}

function started(result: Run["result"]) {
  return (
    <ul className="flex flex-col gap-1">
      {startedBy(result).map(({ id, queue }) => (
        <li key={id}>
          <Link href={redriveHref(id)} className="font-medium text-accent hover:underline">
            Follow it in {queue}
          </Link>
        </li>
      ))}
    </ul>
  );
}
