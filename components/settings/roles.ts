/** Every role in one line, as whoever gives it should know it. */
export const ROLE_ABOUT: Readonly<Record<string, string>> = {
  viewer: "sees everything but audit and accounts",
  oncall: "viewer, and retries, promotes, pauses, resumes, reveals",
  finance: "viewer, and works on discrepancies",
  approver: "viewer, and approves what others propose",
  admin: "on-call, and removes, configures, manages accounts; no money",
};

/** What a form of check boxes named `roles` holds. */
export function rolesIn(fields: FormData): string[] {
  return fields.getAll("roles").map(String);
}
