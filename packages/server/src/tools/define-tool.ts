/** Defines a tool by a function and the schema of its input. Knows no model and no loop. */
import {ChatError, type Json, parseJson} from '@chatlet/protocol';
import {z} from 'zod';
import {check} from '../check.ts';
import type {Tool, ToolAnnotations, ToolContext} from '../engine/tool.ts';
import {readInputSchema} from './input-schema.ts';

/** A tool of your own. */
export interface ToolOptions<Input> {
  /** Letters, digits, `_` and `-`, at most 64, as models' APIs demand. */
  readonly name: string;
  /** Tells the model what the tool does and when to use it. */
  readonly description: string;
  /**
   * A zod schema or a JSON Schema of an object. The model reads all of a JSON Schema; keywords such as `if`, `not` and
   * `dependentRequired` are left to `run` to check.
   */
  readonly input: z.ZodType<Input> | JsonSchema;
  /** What the tool says of itself: `readOnlyHint`, `destructiveHint`. */
  readonly annotations?: ToolAnnotations;
  /** Whether the visitor must allow a call; by default unless `annotations.readOnlyHint` is true. */
  readonly needsApproval?: boolean | ((input: Input) => boolean);
  /**
   * Runs the tool with a checked input. The model reads what it resolves with, as JSON; if it rejects, the model
   * reads that the call has failed.
   */
  readonly run: (input: Input, context: ToolContext) => Promise<unknown>;
}

/** A JSON Schema. */
export interface JsonSchema {
  /** The input of a tool is an object. */
  readonly type?: 'object';
  readonly [key: string]: unknown;
}

const toolName = /^[\w-]{1,64}$/;

/**
 * A tool of your own.
 *
 * @example
 * export default defineTool({
 *   name: 'order-status',
 *   description: 'Tells where an order is.',
 *   input: z.object({order: z.string()}),
 *   annotations: {readOnlyHint: true},
 *   run: async ({order}) => findOrder(order),
 * });
 * @throws ChatError `invalid-request` if the name cannot be used, or the schema is no JSON
 */
export function defineTool<Input>(options: ToolOptions<Input>): Tool {
  const {name, description, annotations, run} = options;
  if (!toolName.test(name)) {
    throw new ChatError('invalid-request', `The tool "${name}" needs a name of at most 64 letters, digits, _ and -.`);
  }
  const {input} = options;
  // Whoever brings a JSON Schema says by `Input` what it allows.
  const schema = input instanceof z.ZodType ? input : (readInputSchema(input) as z.ZodType<Input>);
  const {needsApproval = annotations?.readOnlyHint !== true} = options;
  return {
    name,
    description,
    inputSchema: printSchema(options, schema),
    ...(annotations && {annotations}),
    ...(typeof needsApproval === 'boolean' && {approval: needsApproval ? 'always' : 'never'}),
    prepare(sent) {
      const checked = check(schema, sent);
      return {
        needsApproval: typeof needsApproval === 'function' ? needsApproval(checked) : needsApproval,
        run: async (context) => toJson(await run(checked, context)),
      };
    },
  };
}

/** @throws ChatError `invalid-request` */
function printSchema<Input>(options: ToolOptions<Input>, schema: z.ZodType): Json {
  try {
    return toJsonSchema(options, schema);
  } catch (cause) {
    // Nested too deeply, for example.
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The input schema of the tool "${options.name}" cannot be written as JSON: ${reason}`;
    throw new ChatError('invalid-request', message, {cause});
  }
}

/** The schema that the model reads. */
function toJsonSchema<Input>({input}: ToolOptions<Input>, schema: z.ZodType): Json {
  if (!(input instanceof z.ZodType)) return toJson(input);
  const {$schema: _, ...printed} = z.toJSONSchema(schema, {io: 'input', unrepresentable: 'any'});
  return toJson(printed);
}

/** The value as JSON would carry it; null for what JSON leaves out. */
function toJson(value: unknown): Json {
  return parseJson(JSON.stringify(value) ?? 'null') ?? null;
}
