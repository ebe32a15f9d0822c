import type { z } from "zod";
import type { Action } from "#lib/actions/define.ts";
import { submittedSchema } from "#lib/actions/schema.ts";
import { AppError, ERROR_STATUS } from "#lib/core/errors.ts";
import type { Read, Signal } from "#lib/signals/define.ts";
import { readingSchema } from "./schema.ts";
import { type JsonSchema, type SchemaWriter, schemaWriter } from "./json-schema.ts";
import { problemSchema } from "./problem.ts";
import type { RouteHandler, RouteSpec } from "./route.ts";

/** What one route file exports, by HTTP method. */
export type RouteModule = Readonly<Record<string, unknown>>;

export interface ListedRoute {
  method: string;
  spec: RouteSpec;
}

interface Parts {
  modules: readonly RouteModule[];
  signals: readonly Signal[];
  actions: readonly Action[];
}

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/** The routes of these modules. Throws when one exports a handler that did not pass through `route()`. */
export function listRoutes(modules: readonly RouteModule[]): ListedRoute[] {
  return modules.flatMap((module) =>
    Object.entries(module).flatMap(([method, handler]) => {
      if (!METHODS.has(method)) return [];
      const { spec } = handler as Partial<RouteHandler>;
      if (!spec) throw new AppError("internal", `A ${method} handler did not pass through route()`);
      return [{ method, spec }];
    }),
  );
}

/** The API as OpenAPI 3.1, from the very schemas that check requests and answers. */
export function openApi({ modules, signals, actions }: Parts): JsonSchema {
  const schemas = schemaWriter();
  const paths: Record<string, Record<string, unknown>> = {};
  const add = (path: string, method: string, operation: JsonSchema): void => {
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation };
  };
  for (const { method, spec } of listRoutes(modules))
    add(spec.path, method, operationOf(spec, schemas));
  for (const signal of signals)
    for (const [path, operation] of signalOperations(signal, schemas)) add(path, "GET", operation);
  for (const action of actions)
    add(`/api/v1/actions/${action.name}`, "POST", actionOperation(action, schemas));
  return {
    openapi: "3.1.0",
    info: {
      title: "Plumbline",
      version: "1",
      description: "Reads and audited actions. Permissions are named in `x-permission`.",
    },
    paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => a.localeCompare(b))),
    components: {
      schemas: { Problem: schemas.write(problemSchema, "output"), ...schemas.shared },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token (`pl_…`)" },
        session: { type: "apiKey", in: "cookie", name: "plumbline.session" },
      },
    },
  };
}

function operationOf(spec: RouteSpec, schemas: SchemaWriter): JsonSchema {
  const permission =
    typeof spec.permission === "function" ? "depends on the path" : spec.permission;
  const parameters = [
    ...pathParameters(spec.path),
    ...(spec.query ? queryParameters(spec.query, schemas) : []),
  ];
  return {
    summary: spec.summary,
    "x-permission": permission,
    ...(permission === "public" ? {} : SECURITY),
    ...(parameters.length > 0 && { parameters }),
    ...(spec.body && {
      requestBody: { required: true, content: jsonContent(spec.body, "input", schemas) },
    }),
    responses: responses(spec.response, schemas),
  };
}

const SECURITY = { security: [{ token: [] }, { session: [] }] };

function* signalOperations(signal: Signal, schemas: SchemaWriter): Generator<[string, JsonSchema]> {
  const base = `/api/v1/signals/${signal.id}`;
  const operation = (
    summary: string,
    read: Pick<Read, "params" | "data">,
    path: string,
  ): JsonSchema => ({
    summary: `${signal.title}: ${summary}`,
    "x-permission": `${signal.id}.read`,
    ...SECURITY,
    parameters: [...pathParameters(path), ...queryParameters(read.params, schemas)],
    responses: responses(readingSchema(read.data), schemas),
  });
  const { list, get, series } = signal.read;
  yield [base, operation("list", list, base)];
  if (get) yield [`${base}/{id}`, operation("one", get, `${base}/{id}`)];
  if (series) yield [`${base}/series`, operation("history", series, `${base}/series`)];
  for (const [name, read] of Object.entries(signal.reads ?? {})) {
    const path = `${base}/reads/${name}`;
    yield [path, operation(name, read, path)];
  }
  for (const [name, live] of Object.entries(signal.live ?? {})) {
    const path = `${base}/live/${name}`;
    const asked = operation(
      `live ${name}`,
      { params: live.params, data: live.data.nullable() },
      path,
    );
    const source = { name: "source", in: "query", required: true, schema: { type: "string" } };
    yield [path, { ...asked, parameters: [source, ...(asked["parameters"] as unknown[])] }];
  }
}

function actionOperation(action: Action, schemas: SchemaWriter): JsonSchema {
  const key = {
    name: "Idempotency-Key",
    in: "header",
    required: true,
    schema: { type: "string", minLength: 8, maxLength: 200 },
  };
  const properties = {
    input: schemas.write(action.input, "input"),
    reason: { type: "string", minLength: 3, maxLength: 500 },
    ...(action.where === "target" && { source: { type: "string" } }),
  };
  return {
    summary: action.title,
    "x-permission": action.name,
    "x-risk": action.risk,
    ...SECURITY,
    parameters: [key],
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: { type: "object", required: Object.keys(properties), properties },
        },
      },
    },
    responses: responses(submittedSchema, schemas),
  };
}

function pathParameters(path: string): JsonSchema[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(schema: z.ZodType, schemas: SchemaWriter): JsonSchema[] {
  const { properties = {}, required = [] } = schemas.write(schema, "input") as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: property,
  }));
}

function responses(schema: z.ZodType | undefined, schemas: SchemaWriter): JsonSchema {
  const statuses = [...new Set(Object.values(ERROR_STATUS))].join(", ");
  return {
    "200": {
      description: "Done",
      ...(schema && { content: jsonContent(schema, "output", schemas) }),
    },
    default: {
      description: `A problem (${statuses})`,
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  };
}

function jsonContent(schema: z.ZodType, io: "input" | "output", schemas: SchemaWriter): JsonSchema {
  return { "application/json": { schema: schemas.write(schema, io) } };
}
