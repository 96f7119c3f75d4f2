/** Reads AG-UI's interrupts: what a run waits for, and which calls of tools they are about. Knows no streams. */
import type {ApprovalOption, ToolWait} from '../event.ts';
import {asJson, asString, asText, isObject} from '../json.ts';
import type {JsonObject, UncheckedObject} from '../json.ts';

/** An interrupt that a page can ask its visitor. */
export interface AskedInterrupt {
  readonly callId: string;
  /** What stands in place of a call, if the interrupt belongs to none of this run: its name. */
  readonly name?: string;
  readonly wait: ToolWait;
  /** What the agent's next run gets besides the reply. */
  readonly kept: JsonObject;
}

/**
 * What an interrupt asks: an approval, a form of simple fields, or an address. Undefined if no page could answer it.
 * https://docs.ag-ui.com/concepts/interrupts
 */
export function readInterrupt(
  interrupt: UncheckedObject,
  {isCalled}: {readonly isCalled: (callId: string) => boolean},
): AskedInterrupt | undefined {
  const id = asString(interrupt['id']);
  const wait = readWait(interrupt);
  if (id === undefined || wait === undefined) return undefined;
  const toolCallId = asString(interrupt['toolCallId']);
  const isOfCall = toolCallId !== undefined && isCalled(toolCallId);
  const callId = isOfCall ? toolCallId : id;
  return {
    callId,
    ...(!isOfCall && {name: asText(interrupt['reason'])}),
    wait,
    kept: {id, callId, ...(wait.ask === 'approval' && isYesOrNo(interrupt) && {payload: 'boolean'})},
  };
}

function readWait(interrupt: UncheckedObject): ToolWait | undefined {
  const {reason, responseSchema: schema} = interrupt;
  const metadata = isObject(interrupt['metadata']) ? interrupt['metadata'] : {};
  const message = asString(interrupt['message']);
  const end = Date.parse(asText(interrupt['expiresAt']));
  const terms = {
    // Agents do not say which definition of a tool they ask about.
    definition: '',
    expiresAt: Number.isNaN(end) ? '' : new Date(end).toISOString(),
    ...(metadata['destructive'] === true && {destructive: true}),
  };
  const url = asText(metadata['url']);
  if (reason === 'chatlet:url' && url.startsWith('https://') && URL.canParse(url)) {
    // The address is shown by itself.
    return {ask: 'url', ...terms, message: (message ?? '').replace(`\n${url}`, ''), url};
  }
  if (asksApproval(interrupt)) {
    return {ask: 'approval', ...terms, ...(message !== undefined && {message}), options: readOptions(interrupt)};
  }
  const form = asJson(schema);
  return isObject(form) && isForm(form) ? {ask: 'form', ...terms, message: message ?? '', schema: form} : undefined;
}

/** The answer is `true` or `false`, without an object around it. */
function isYesOrNo({reason, responseSchema: schema}: UncheckedObject): boolean {
  return isObject(schema) ? schema['type'] === 'boolean' : reason === 'confirmation';
}

function asksApproval(interrupt: UncheckedObject): boolean {
  const {reason, responseSchema: schema} = interrupt;
  if (isYesOrNo(interrupt)) return true;
  if (!isObject(schema)) return reason === 'tool_call';
  const approved = propertiesOf(schema)['approved'];
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return isObject(approved) && approved['type'] === 'boolean' && required.every((name) => name === 'approved');
}

function readOptions(interrupt: UncheckedObject): readonly ApprovalOption[] {
  const {responseSchema: schema} = interrupt;
  if (isYesOrNo(interrupt)) return [];
  const properties = isObject(schema) ? propertiesOf(schema) : {};
  const isOpen = !isObject(schema) || schema['additionalProperties'] !== false;
  return [
    // An agent that lets people correct the input says so.
    ...('editedArgs' in properties ? (['input'] as const) : []),
    ...('reason' in properties || isOpen ? (['reason'] as const) : []),
  ];
}

const simpleTypes: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);

/** Whether its fields are those of a form: texts, numbers, booleans and choices. */
function isForm(schema: UncheckedObject): boolean {
  const properties = Object.values(propertiesOf(schema));
  return properties.length > 0 && properties.every((field) => isObject(field) && isSimple(field));
}

function isSimple({type, items, enum: values, oneOf}: UncheckedObject): boolean {
  if (type !== 'array') return simpleTypes.has(type) || Array.isArray(values) || Array.isArray(oneOf);
  return isObject(items) && (Array.isArray(items['enum']) || Array.isArray(items['anyOf']));
}

function propertiesOf({properties}: UncheckedObject): UncheckedObject {
  return isObject(properties) ? properties : {};
}
