"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { toast } from "#components/ui/toast.ts";
import { ME_KEY } from "#lib/auth/client.ts";

/** A small form about one's own account: sends its fields, says what was wrong or that it is done, and reloads the profile. */
export function useSubmit(
  send: (text: (field: string) => string) => Promise<unknown>,
  done: string,
) {
  const client = useQueryClient();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (pending) return;
    const form = event.currentTarget;
    const fields = new FormData(form);
    setPending(true);
    setError(null);
    try {
      await send((field) => String(fields.get(field) ?? ""));
      form.reset();
      toast({ tone: "ok", title: done });
      await client.invalidateQueries({ queryKey: ME_KEY });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setPending(false);
    }
  };
  return { pending, error, submit: (event: FormEvent<HTMLFormElement>) => void submit(event) };
}
