"use client";
import {
  cloneElement,
  useEffect,
  useId,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
} from "react";
import { anchorTo, type Align, type Side } from "#components/ui/anchor.ts";

interface TooltipProps {
  content: ReactNode;
  side?: Side;
  align?: Align;
  /** One focusable element. It is described by the tooltip; it still needs its own name. */
  children: ReactElement<{ "aria-describedby"?: string }>;
}

const HOVER_DELAY_MS = 300;
const LEAVE_DELAY_MS = 120;

/** A short explanation on hover and keyboard focus; Escape hides it, and the pointer may move onto it. */
export function Tooltip({ content, side = "top", align = "center", children }: TooltipProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const wrapper = useRef<HTMLSpanElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const later = (next: boolean, delay: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(next), delay);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  if (content === null || content === undefined || content === "") return children;
  return (
    <span
      ref={wrapper}
      role="presentation"
      className="contents"
      onPointerEnter={(event: PointerEvent) =>
        event.pointerType === "mouse" && later(true, HOVER_DELAY_MS)
      }
      onPointerLeave={() => later(false, LEAVE_DELAY_MS)}
      onFocus={(event) => event.target.matches(":focus-visible") && later(true, 0)}
      onBlur={() => later(false, 0)}
      onPointerDown={() => later(false, 0)}
      onKeyDown={(event: KeyboardEvent) => event.key === "Escape" && open && later(false, 0)}
    >
      {cloneElement(children, open ? { "aria-describedby": id } : {})}
      {open ? (
        <Bubble id={id} wrapper={wrapper} side={side} align={align} content={content} />
      ) : null}
    </span>
  );
}

function Bubble({
  id,
  wrapper,
  side,
  align,
  content,
}: {
  id: string;
  wrapper: { current: HTMLElement | null };
  side: Side;
  align: Align;
  content: ReactNode;
}) {
  const ref = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const trigger = wrapper.current?.firstElementChild;
    if (!ref.current || !(trigger instanceof HTMLElement)) return;
    anchorTo(trigger, ref.current, side, align);
    ref.current.showPopover();
  }, [wrapper, side, align]);
  return (
    <span
      ref={ref}
      id={id}
      role="tooltip"
      popover="manual"
      className="m-0 my-1.5 max-w-72 rounded-md border border-line bg-raised px-2 py-1 text-xs text-ink shadow-float"
    >
      {content}
    </span>
  );
}
