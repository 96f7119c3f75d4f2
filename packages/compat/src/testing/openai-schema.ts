/**
 * OpenAI's own schemas of the answers of its chat API. The file is the `components` of an OpenAPI document. Its
 * references, as `#/components/schemas/NAME`, begin at the root of the document, so the whole file is added under an id
 * and each schema is compiled as a reference into it.
 */
import assert from 'node:assert/strict';
import schemas from '@chatlet/testdata/openai-chat.schema.json' with {type: 'json'};
import {Ajv2020} from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

type SchemaName =
  | 'CreateChatCompletionResponse'
  | 'CreateChatCompletionStreamResponse'
  | 'ErrorResponse'
  | 'ListModelsResponse'
  | 'Model';

const root = 'openai';
// Not strict: there are keywords of OpenAPI, such as `deprecated`, between those of JSON Schema.
const ajv = new Ajv2020({strict: false, allErrors: true});
addFormats.default(ajv);
ajv.addFormat('unixtime', {type: 'number', validate: Number.isInteger});
ajv.addSchema({$id: root, components: schemas.components});

/** Fails with all parts of the value that do not fit OpenAI's schema. */
export function assertOpenai(schema: SchemaName, value: unknown): void {
  const validate = ajv.getSchema(`${root}#/components/schemas/${schema}`);
  assert.ok(validate, `There is no schema ${schema}.`);
  const fits = validate(value);
  assert.ok(fits, `${schema}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(value).slice(0, 600)}`);
}

/** An object of exactly the four fields of an error, each of its kind. */
export function assertOpenaiError(value: unknown): asserts value is {error: OpenaiError} {
  assertOpenai('ErrorResponse', value);
}

export interface OpenaiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

export interface Completion {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly message: {
      readonly role: string;
      readonly content: string | null;
      readonly tool_calls?: readonly {
        readonly id: string;
        readonly function: {readonly name: string; readonly arguments: string};
      }[];
    };
    readonly finish_reason: string;
  }[];
  readonly usage: Usage;
}

export interface Chunk {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: {
      readonly role?: string;
      readonly content?: string | null;
      readonly tool_calls?: readonly {readonly index: number; readonly id?: string; readonly function: object}[];
    };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: Usage | null;
}
