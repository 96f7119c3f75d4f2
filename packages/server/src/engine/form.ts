/**
 * Forms that a tool asks a person to fill in: which are shown, and whether what was filled in fits. Their fields are those
 * of MCP's elicitation: texts, numbers, booleans and choices, side by side.
 */
import {ChatError, type JsonObject, parseJson} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../check.ts';

const mostFields = 20;
const mostOptions = 100;

const words = z.string().max(500);
const about = {title: words.optional(), description: words.optional()};
const count = z.int().min(0).optional();
const oneOf = z
  .array(z.object({const: words, title: words.optional()}))
  .min(1)
  .max(mostOptions);
const absent = z.undefined().optional();
const names = z.array(words).min(1).max(mostOptions);
const many = {...about, type: z.literal('array'), minItems: count, maxItems: count, default: z.array(words).optional()};

/** Unknown keywords are left out, patterns among them: a bad one takes a second for a few letters. */
const field = z.union([
  z.object({...about, type: z.literal('string'), enum: names, enumNames: names.optional(), default: words.optional()}),
  z.object({...about, type: z.literal('string'), oneOf, default: words.optional()}),
  z.object({
    ...about,
    type: z.literal('string'),
    enum: absent,
    oneOf: absent,
    minLength: count,
    maxLength: count,
    format: z.enum(['email', 'uri', 'date', 'date-time']).optional(),
    default: words.optional(),
  }),
  z.object({
    ...about,
    type: z.enum(['number', 'integer']),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    default: z.number().optional(),
  }),
  z.object({...about, type: z.literal('boolean'), default: z.boolean().optional()}),
  z.object({...many, items: z.object({type: z.literal('string').optional(), enum: names})}),
  z.object({...many, items: z.object({anyOf: oneOf})}),
]);

const form = z.object({
  type: z.literal('object'),
  properties: z.record(z.string().regex(/^[\w.-]{1,64}$/), field),
  required: z.array(z.string()).optional(),
});

/** The specification forbids forms to ask for secrets, which would stay in the chat. */
const secret =
  /pass(word|phrase|code)|passwd|\bpwd\b|\bpin\b|secret|credential|api.?key|access.?token|private.?key|card.?number|\bcvc|\bcvv|\biban\b/i;

/**
 * The form with no more than what is shown of it.
 * @throws ChatError `forbidden` with a sentence for the model if it cannot be shown
 */
export function toForm(schema: unknown): JsonObject {
  const {success, data} = form.safeParse(schema);
  const fields = Object.entries(data?.properties ?? {});
  if (!success || fields.length > mostFields) {
    throw new ChatError(
      'forbidden',
      `The tool asks for a form that cannot be shown: at most ${mostFields} fields are, of texts, numbers, booleans and choices.`,
    );
  }
  for (const [name, {title = '', description = ''}] of fields) {
    const label = `${name.replaceAll(/[_.-]|(?<=[a-z])(?=[A-Z])/g, ' ')} ${title} ${description}`;
    if (secret.test(label)) {
      throw new ChatError('forbidden', `The tool asks for a secret in a form ("${name}"), which nobody is shown.`);
    }
  }
  const {properties, required = []} = data;
  const known = required.filter((name) => Object.hasOwn(properties, name));
  return toJsonObject({type: 'object', properties, required: known, additionalProperties: false});
}

/** @throws ChatError `invalid-request` with a sentence if the content does not fit the form */
export function checkForm(schema: JsonObject, content: unknown): JsonObject {
  return toJsonObject(check(z.fromJSONSchema(schema), content ?? {}));
}

/** Leaves out what is undefined. */
function toJsonObject(value: unknown): JsonObject {
  return {...(parseJson(JSON.stringify(value)) as JsonObject)};
}
