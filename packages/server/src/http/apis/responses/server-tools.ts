/**
 * The tool of type `mcp` in requests: it lets the model call the tools of this server. Which of them need an approval is
 * the operator's rule. A request can ask for more approvals, or for none, and then what needs one is refused.
 */
import {ChatError, type JsonObject, asJson} from '@chatlet/protocol';
import {z} from 'zod';
import type {PickTool, Tool} from '../../../engine/tool.ts';
import {nameField} from '../../request/body-fields.ts';

const names = z.array(nameField).max(500);
const filter = z.object({tool_names: names.nullish(), read_only: z.boolean().nullish()});

/** The address of this server's own tools, for clients that insist on one. */
const ownAddress = 'chatlet:tools';

const notOurs = 'cannot be passed on: the tools are those of this server. Leave it out';

export const serverTool = z.object({
  type: z.literal('mcp'),
  server_label: z.string().regex(/^[\w.-]{1,64}$/, 'may hold letters, digits, dots, underscores and dashes only'),
  server_description: z.string().max(2000).nullish(),
  server_url: z
    .string()
    .refine((url) => url === ownAddress, `${notOurs}, or write "${ownAddress}"`)
    .nullish(),
  connector_id: z.null(notOurs).optional(),
  tunnel_id: z.null(notOurs).optional(),
  authorization: z.null(notOurs).optional(),
  headers: z
    .record(z.string(), z.string())
    .refine((headers) => Object.keys(headers).length === 0, notOurs)
    .nullish(),
  allowed_tools: z.union([names, filter]).nullish(),
  require_approval: z
    .union([z.enum(['always', 'never']), z.object({always: filter.nullish(), never: filter.nullish()})])
    .nullish(),
});

export type ServerTool = z.infer<typeof serverTool>;
type Filter = z.infer<typeof filter> | string[] | null | undefined;

/** The tool as the response shows it. */
export function printServerTool(tool: ServerTool): JsonObject {
  const {type, server_label: label, server_url: url, server_description: description} = tool;
  return {
    type,
    server_label: label,
    ...(url != null && {server_url: url}),
    ...(description != null && {server_description: description}),
    allowed_tools: asJson(tool.allowed_tools ?? null),
    headers: null,
    require_approval: asJson(tool.require_approval ?? null),
  };
}

/** The label of the tools in the settings of a response; undefined if the request did not bring them. */
export function labelIn(settings: JsonObject): string | undefined {
  const found = z
    .array(z.unknown())
    .safeParse(settings['tools'])
    .data?.flatMap((tool) => {
      const {data} = z.object({type: z.literal('mcp'), server_label: z.string()}).safeParse(tool);
      return data ? [data.server_label] : [];
    });
  return found?.[0];
}

export function toPickTool({allowed_tools: allowed, require_approval: rule}: ServerTool): PickTool {
  const always = typeof rule === 'string' ? undefined : rule?.always;
  const never = typeof rule === 'string' ? undefined : rule?.never;
  return (tool) => {
    if (allowed != null && !isIn(allowed, tool)) return undefined;
    if (rule === 'always' || isIn(always, tool)) return askedAlways(tool);
    if (rule === 'never' || isIn(never, tool)) return askedNever(tool);
    return tool;
  };
}

function isIn(wanted: Filter, {name, annotations}: Tool): boolean {
  if (wanted == null) return false;
  if (Array.isArray(wanted)) return wanted.includes(name);
  const {tool_names: listed, read_only: readOnly} = wanted;
  return (
    (listed == null || listed.includes(name)) && (readOnly == null || readOnly === (annotations?.readOnlyHint === true))
  );
}

function askedAlways(tool: Tool): Tool {
  return {...tool, prepare: (input) => ({...tool.prepare(input), needsApproval: true})};
}

/** Nobody is asked, so that what needs an approval does not run. */
function askedNever(tool: Tool): Tool {
  return {
    ...tool,
    prepare(input) {
      const prepared = tool.prepare(input);
      if (!prepared.needsApproval) return prepared;
      throw new ChatError('forbidden', 'A person must allow this, and the request says that nobody is asked.');
    },
  };
}
