import { EmptyState } from "#components/data/empty-state.tsx";
import { ButtonLink } from "#components/ui/button-link.tsx";

export default function NotFound() {
  return (
    <EmptyState
      title="There is nothing at this address"
      action={<ButtonLink href="/">Go to the overview</ButtonLink>}
    >
      It may have been removed since the link was made, or the address is mistyped.
    </EmptyState>
  );
}
