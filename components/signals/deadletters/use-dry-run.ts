"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { selectionQuery } from "#lib/signals/deadletters/client.ts";

/** A dry run that stands still while somebody decides, whatever the page learns meanwhile: what was counted is what is sent. */
export function useDryRun(q: string, wanted = true) {
  const query = useQuery({
    ...selectionQuery(q),
    enabled: wanted,
    refetchOnWindowFocus: false,
    meta: { refresh: false },
  });
  const [held, setHeld] = useState<typeof query.data>(undefined);
  if (!wanted && held !== undefined) setHeld(undefined);
  if (wanted && held === undefined && query.data && !query.isFetching) setHeld(query.data);
  return {
    reading: held,
    selection: held?.data,
    /** Why there is none; null while it is counted. */
    error: held ? null : query.error,
    again: async () => {
      const { data } = await query.refetch();
      if (data) setHeld(data);
    },
  };
}
