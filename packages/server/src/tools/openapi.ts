/**
 * Turns operations of an OpenAPI document into tools: parameters and body are the input, and everything but GET needs the
 * visitor's approval. Knows no model.
 */
import {
  ChatError,
  type Json,
  type JsonObject,
  type UncheckedObject,
  asJson,
  isObject,
  parseJson,
} from '@chatlet/protocol';
import type {Tool} from '../engine/tool.ts';
import {findFreeName} from '../engine/tool-names.ts';
import {type JsonSchema, defineTool} from './define-tool.ts';
import {type GuardedFetch, createGuardedFetch} from './guard.ts';
import {type Operation, type Parameter, type RequestBody, isJsonType, readOperations} from './openapi-document.ts';
import {schemaPrinter, shorten} from './openapi-schema.ts';
import {type Rule, type Rules, fits, ruleFor} from './rules.ts';

/** The description of an API, and the operations that become tools. */
export interface OpenapiToolsOptions {
  /** The address of an OpenAPI document of version 3.0 or 3.1 in JSON, or the document itself. */
  readonly document: string | object;
  /** The operations that become tools, by their ids, as `GET /pets/{id}`, or by patterns such as `list*` and `GET *`. */
  readonly operations: readonly string[];
  /**
   * What happens to a tool, by any of these names: it runs alone, the visitor is asked, or it is left out. Tools that are
   * not named run alone if they are a GET; for all others the visitor is asked.
   */
  readonly tools?: Rules;
  /**
   * The address that the operations' paths begin at. By default the document's own server, which must have the origin of
   * the document's address: a document that was fetched cannot send requests elsewhere.
   */
  readonly baseUrl?: string;
  /** Headers for every request, such as an API key. The model does not learn of them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters of the query for every request, such as an API key. The model does not learn of them. */
  readonly query?: Readonly<Record<string, string>>;
  /** Stands before the names of the tools, as `PREFIX_NAME`. */
  readonly prefix?: string;
}

/** Models' APIs take no more. */
const mostTools = 128;
const longestError = 500;
/** Headers that are not an operation's matter (OpenAPI, "Parameter Object"), or that frame the request. */
const ownHeaders: ReadonlySet<string> = new Set(
  'accept authorization connection content-length content-type cookie host te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);

/**
 * Reads the document once, and makes a tool of each chosen operation.
 *
 * @example
 * createChatServer({tools: await openapiTools({document: 'https://shop.example.com/openapi.json', operations: ['GET *']})});
 * @throws ChatError with a sentence for the operator: `invalid-request` if the document or the choice cannot be used,
 *   `provider-error` if that is a document that was fetched; `provider-unavailable` and others if it cannot be fetched
 */
export async function openapiTools(options: OpenapiToolsOptions): Promise<readonly Tool[]> {
  const {document: given} = options;
  const isFetched = typeof given === 'string';
  const document = isFetched ? await fetchDocument(given, options) : given;
  const {document: read, chosen} = readDocument(document, {...options, isFetched});
  const guards = new Map<string, GuardedFetch>();
  return chosen.map(({operation, name, rule}) => {
    const baseUrl = findBaseUrl(operation, options);
    const {origin} = baseUrl;
    const guard = guards.get(origin) ?? createGuardedFetch({allow: [origin], maxBytes: 1_000_000, timeout: 15_000});
    guards.set(origin, guard);
    return toTool(operation, {name, rule, baseUrl, guard, document: read, options});
  });
}

/** @throws ChatError `provider-error` if the document was fetched: its server may write another one later; else `invalid-request` */
function readDocument(document: unknown, {isFetched, ...options}: OpenapiToolsOptions & {readonly isFetched: boolean}) {
  try {
    if (!isObject(document)) throw new ChatError('invalid-request', 'The OpenAPI document is no object.');
    const chosen = chooseOperations(readOperations(document), options);
    if (chosen.length <= mostTools) return {document, chosen};
    const message = `${chosen.length} operations of the OpenAPI document are chosen, and models take at most ${mostTools} tools.`;
    throw new ChatError('invalid-request', message);
  } catch (error) {
    if (!isFetched) throw error;
    throw new ChatError('provider-error', ChatError.from(error).message, {cause: error});
  }
}

async function fetchDocument(address: string, {headers}: OpenapiToolsOptions): Promise<unknown> {
  if (!URL.canParse(address))
    throw new ChatError('invalid-request', `${address} is no address of an OpenAPI document.`);
  const guarded = createGuardedFetch({allow: [address], maxBytes: 20_000_000, timeout: 20_000});
  try {
    const response = await guarded.fetch(address, {headers: {accept: 'application/json', ...headers}});
    const text = await response.text();
    if (!response.ok) {
      const message = `${address} answered with an error (${response.status}) in place of an OpenAPI document.`;
      throw new ChatError('provider-unavailable', message, {cause: new Error(text.slice(0, longestError))});
    }
    const document = parseJson(text);
    if (document === undefined)
      throw new ChatError('provider-error', `The OpenAPI document at ${address} is not JSON.`);
    return document;
  } finally {
    await guarded.close();
  }
}

interface Chosen {
  readonly operation: Operation;
  readonly name: string;
  readonly rule: Rule | undefined;
}

/** @throws ChatError `invalid-request` if a choice fits no operation */
function chooseOperations(
  operations: readonly Operation[],
  {operations: choices, tools, prefix}: OpenapiToolsOptions,
): readonly Chosen[] {
  const taken = new Set<string>();
  const named = operations.map((operation) => {
    const name = nameTool(operation, {prefix, taken});
    const {id, method, path} = operation;
    return {operation, name, names: [name, ...(id === undefined ? [] : [id]), `${method} ${path}`]};
  });
  const isChosenBy = (names: readonly string[], choice: string) =>
    names.some((name) => name === choice || fits(name, choice));
  const missing = choices.find((choice) => !named.some(({names}) => isChosenBy(names, choice)));
  if (missing !== undefined) {
    const known = named.slice(0, 20).map(({names}) => names[1] ?? names[0]);
    const message = `The OpenAPI document has no operation “${missing}”. It has ${known.join(', ') || 'none'}${named.length > 20 ? ' and others' : ''}.`;
    throw new ChatError('invalid-request', message);
  }
  return named.flatMap(({operation, name, names}) => {
    const rule = ruleFor(names, tools);
    if (rule === 'refused' || !choices.some((choice) => isChosenBy(names, choice))) return [];
    if (canSend(operation.body)) return [{operation, name, rule}];
    // A pattern chooses what can be chosen.
    if (!names.some((each) => choices.includes(each))) return [];
    const message = `The OpenAPI operation “${name}” takes ${operation.body?.contentType}, which a model cannot write.`;
    throw new ChatError('invalid-request', message);
  });
}

/** The operation's id in characters that models' APIs allow; made of method and path if it has none. Each name once. */
function nameTool(
  {id, method, path}: Operation,
  {prefix, taken}: {readonly prefix: string | undefined; readonly taken: Set<string>},
): string {
  const own = id ?? `${method.toLowerCase()}_${path.replaceAll(/[^\w-]+/g, '_').replaceAll(/^_|_$/g, '')}`;
  const name = (prefix === undefined ? own : `${prefix}_${own}`).replaceAll(/[^\w-]/g, '_') || 'operation';
  const free = findFreeName(name, (each) => taken.has(each));
  taken.add(free);
  return free;
}

function canSend(body: RequestBody | undefined): boolean {
  return body === undefined || isJsonType(body.contentType) || isForm(body) || /^text\//i.test(body.contentType);
}

function isForm({contentType}: RequestBody): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(contentType);
}

/** @throws ChatError `invalid-request` if it is the operator's to say */
function findBaseUrl({server}: Operation, {document, baseUrl}: OpenapiToolsOptions): URL {
  if (baseUrl !== undefined) {
    if (URL.canParse(baseUrl)) return new URL(baseUrl);
    throw new ChatError('invalid-request', `${baseUrl} is no address that operations could begin at.`);
  }
  const source = typeof document === 'string' ? document : undefined;
  const found = URL.parse(server ?? '/', source);
  if (!found) {
    const message = 'The OpenAPI document names no address of its server. Set baseUrl.';
    throw new ChatError('invalid-request', message);
  }
  if (source !== undefined && found.origin !== new URL(source).origin) {
    const message = `The OpenAPI document names another server, ${found.origin}. Set baseUrl if requests may go there.`;
    throw new ChatError('invalid-request', message);
  }
  return found;
}

/** A parameter or the body, with the name that the model knows it by. */
interface Field {
  readonly key: string;
  readonly parameter: Parameter;
}

interface Making {
  readonly name: string;
  readonly rule: Rule | undefined;
  readonly baseUrl: URL;
  readonly guard: GuardedFetch;
  readonly document: UncheckedObject;
  readonly options: OpenapiToolsOptions;
}

function toTool(operation: Operation, {name, rule, baseUrl, guard, document, options}: Making): Tool {
  const {method, description, body} = operation;
  const fields = nameFields(operation, options);
  const readOnlyHint = method === 'GET';
  const isDestructive = method === 'DELETE' || method === 'PUT';
  const made = defineTool<JsonObject>({
    name,
    description: shorten(description, 1_000),
    input: toInputSchema({fields, body}, document),
    annotations: {readOnlyHint, ...(isDestructive && {destructiveHint: true})},
    needsApproval: rule === undefined ? !readOnlyHint : rule === 'asked',
    run: async (input, {signal}) =>
      readResponse(await guard.fetch(...toRequest(operation, {input, fields, baseUrl, options, signal}))),
  });
  return {...made, origin: `${method} ${baseUrl.href} ${operation.path}`, close: () => guard.close()};
}

/** What the operator has set is left out. If two parameters have one name, the later one gets its place before it. */
function nameFields({parameters, body}: Operation, {headers = {}, query = {}}: OpenapiToolsOptions): readonly Field[] {
  const set = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const taken = new Set(body ? ['body'] : []);
  return parameters.flatMap((parameter) => {
    const {name, in: place} = parameter;
    if (place === 'header' && (ownHeaders.has(name.toLowerCase()) || set.has(name.toLowerCase()))) return [];
    if (place === 'query' && Object.hasOwn(query, name)) return [];
    const key = taken.has(name) ? `${place}_${name}` : name;
    taken.add(key);
    return [{key, parameter}];
  });
}

function toInputSchema(
  {fields, body}: {readonly fields: readonly Field[]; readonly body: RequestBody | undefined},
  document: UncheckedObject,
): JsonSchema {
  const print = schemaPrinter(document);
  const properties = fields.map(({key, parameter: {schema, description}}) => [key, print(schema, description)]);
  const required = fields.filter(({parameter}) => parameter.required).map(({key}) => key);
  if (body) properties.push(['body', print(body.schema, body.description)]);
  if (body?.required) required.push('body');
  return {type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false};
}

interface Sending {
  readonly input: JsonObject;
  readonly fields: readonly Field[];
  readonly baseUrl: URL;
  readonly options: OpenapiToolsOptions;
  readonly signal: AbortSignal;
}

/** The arguments of a guarded fetch. @throws ChatError `invalid-request` */
function toRequest(
  {method, path, body}: Operation,
  {input, fields, baseUrl, options, signal}: Sending,
): Parameters<GuardedFetch['fetch']> {
  const headers: Record<string, string> = {accept: 'application/json, text/*;q=0.9, */*;q=0.1'};
  const query = new URLSearchParams();
  let filled = path;
  for (const {key, parameter} of fields) {
    const value = input[key];
    if (value === undefined) continue;
    if (parameter.in === 'path') filled = filled.replace(`{${parameter.name}}`, () => toPathPiece(parameter, value));
    else if (parameter.in === 'query') appendQuery(query, parameter, value);
    else headers[parameter.name] = toHeader(parameter, value);
  }
  for (const [name, value] of Object.entries(options.query ?? {})) query.set(name, value);
  const url = new URL(baseUrl);
  url.pathname = baseUrl.pathname.replace(/\/$/, '') + filled;
  url.search = query.toString();
  const sent = body && input['body'] !== undefined ? writeBody(body, input['body']) : undefined;
  if (body && sent !== undefined) headers['content-type'] = body.contentType;
  return [url, {method, headers: {...headers, ...options.headers}, ...(sent !== undefined && {body: sent}), signal}];
}

/** A piece of the path may not lead out of it, as `..` would. */
function toPathPiece({name}: Parameter, value: Json): string {
  const text = [value].flat().map(toText).join(',');
  if (/^\.{0,2}$/.test(text)) throw new ChatError('invalid-request', `${name} cannot be "${text}" in an address.`);
  return encodeURIComponent(text);
}

function toHeader({name}: Parameter, value: Json): string {
  const text = [value].flat().map(toText).join(',');
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return text;
  throw new ChatError('invalid-request', `${name} has characters that a header cannot have.`);
}

/** Arrays and objects in the styles of OpenAPI; `form` by default. */
function appendQuery(query: URLSearchParams, parameter: Parameter, value: Json): void {
  const {name, style = 'form', explode = style === 'form', isJson} = parameter;
  if (isJson) {
    query.append(name, JSON.stringify(value));
  } else if (Array.isArray(value)) {
    const separator = style === 'pipeDelimited' ? '|' : style === 'spaceDelimited' ? ' ' : ',';
    if (explode) for (const each of value) query.append(name, toText(each));
    else query.append(name, value.map(toText).join(separator));
  } else if (isObject(value)) {
    const entries = Object.entries(value).map(([key, each]) => [key, toText(asJson(each))] as const);
    if (style === 'deepObject') for (const [key, text] of entries) query.append(`${name}[${key}]`, text);
    else if (explode) for (const [key, text] of entries) query.append(key, text);
    else query.append(name, entries.flat().join(','));
  } else {
    query.append(name, toText(value));
  }
}

function writeBody(body: RequestBody, value: Json): string {
  if (isJsonType(body.contentType)) return JSON.stringify(value);
  if (!isForm(body)) return toText(value);
  const form = new URLSearchParams();
  for (const [key, each] of Object.entries(isObject(value) ? value : {}))
    for (const one of [asJson(each)].flat()) form.append(key, toText(one));
  return form.toString();
}

function toText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @throws ChatError `provider-error`; the model reads why the server refused a request, and not why the server failed */
async function readResponse(response: Response): Promise<Json> {
  const {status} = response;
  const type = response.headers.get('content-type') ?? '';
  const isReadable = type === '' || isJsonType(type) || /^text\/|\bxml\b/i.test(type);
  if (!isReadable && response.ok) {
    await response.body?.cancel();
    return `The server answered with ${type}, which cannot be read.`;
  }
  const text = await response.text();
  if (response.ok) return text === '' ? `Done (${status}).` : (parseJson(text) ?? text);
  const reason = status < 500 && isReadable ? ` ${shorten(text, longestError)}` : '';
  const message = `The server refused (${status}).${reason}`.trim();
  throw new ChatError('provider-error', message, {cause: new Error(`${status} ${text.slice(0, longestError)}`)});
}
