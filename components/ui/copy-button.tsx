"use client";
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { toast } from "#components/ui/toast.ts";

/** Copies text. Works over plain HTTP too, where the clipboard API is missing. */
export function CopyButton({
  text,
  label = "Copy",
  className,
}: {
  text: string | (() => string);
  label?: string;
  className?: string;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    const done = await copyText(typeof text === "function" ? text() : text);
    if (!done)
      return toast({
        tone: "warn",
        title: "Could not copy",
        detail: "The browser refused access to the clipboard. Select the text instead.",
      });
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <Button
      variant="ghost"
      size="icon-sm"
      aria-label={copied ? "Copied" : label}
      title={label}
      onClick={copy}
      className={className}
      icon={copied ? <Check className="size-3.5 text-ok" /> : <Copy className="size-3.5" />}
    />
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    // Inside the open dialog, if any: the rest of the page is inert and cannot be selected.
    const host = document.querySelector("dialog[open]") ?? document.body;
    host.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
