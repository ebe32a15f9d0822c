"use client";
import { useQuery } from "@tanstack/react-query";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { DataTable } from "#components/data/data-table.tsx";
import { EmptyState } from "#components/data/empty-state.tsx";
import { FilterBar } from "#components/data/filter-bar.tsx";
import { useTableView } from "#components/data/use-table-view.ts";
import { RolesField } from "#components/settings/roles-field.tsx";
import { rolesIn } from "#components/settings/roles.ts";
import { SecretOnce } from "#components/settings/secret-once.tsx";
import { userColumns } from "#components/settings/user-columns.tsx";
import { Card } from "#components/ui/card.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { usersQuery } from "#lib/auth/client.ts";

const VIEW = { sort: "login", dir: "asc" } as const;

/** All accounts: who may do what, how they prove it, when they were last here. */
export function UsersScreen() {
  const view = useTableView(VIEW);
  const query = useQuery(usersQuery());
  const wanted = view.q.toLowerCase();
  const rows = (query.data?.rows ?? []).filter(({ login, name }) =>
    `${login} ${name}`.toLowerCase().includes(wanted),
  );
  return (
    <Card>
      <DataTable
        label="Accounts"
        columns={userColumns}
        rows={rows}
        rowId={(user) => user.id}
        view={view}
        nextCursor={null}
        total={rows.length}
        loading={query.isPending}
        error={query.data ? undefined : query.error}
        onRetry={() => query.refetch()}
        empty={
          <EmptyState title="No account matches">Clear the search to see all of them.</EmptyState>
        }
        toolbar={
          <FilterBar view={view} search="Search login or name">
            <CreateUser />
          </FilterBar>
        }
      />
    </Card>
  );
}

function CreateUser() {
  return (
    <ConfirmAction
      action="users.create"
      label="Create account"
      variant="primary"
      about="The account gets a random password, which you hand over. Its owner can change it under Profile."
      input={(fields: FormData) => ({
        login: fields.get("login"),
        name: fields.get("name"),
        roles: rolesIn(fields),
      })}
      renderResult={(_result, once) => (
        <SecretOnce label="The password of the new account." once={once} field="password" />
      )}
    >
      <Field label="Login" required>
        {(control) => <Input {...control} name="login" autoCapitalize="none" spellCheck={false} />}
      </Field>
      <Field label="Name" required>
        {(control) => <Input {...control} name="name" />}
      </Field>
      <RolesField chosen={["viewer"]} />
    </ConfirmAction>
  );
}
