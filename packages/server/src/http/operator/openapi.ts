/**
 * Assembles the OpenAPI 3.1 document of `/openapi.json` from the operations of all APIs. Requests are described by the
 * same schemas that check them, so that the two cannot differ. Knows no API.
 */
import {z} from 'zod';
import {type Api, type FurtherResponse, type Operation, type OperationFacts, tags} from '../operation.ts';
import type {AnswerSchema} from '../response/answer-schemas.ts';
import {ownErrorBody} from '../response/errors.ts';

/** The described part of an API. */
export interface DescribedApi extends Pick<Api, 'errorBody'> {
  readonly operations: readonly DescribedOperation[];
}

type DescribedOperation = OperationFacts & Pick<Operation, 'selects'>;

export interface OpenApiOptions {
  readonly version: string;
  readonly apis: readonly DescribedApi[];
}

export function openApiDocument({version, apis}: OpenApiOptions): object {
  const operations = apis.flatMap((api) => api.operations);
  const errorBodies = [ownErrorBody, ...apis.flatMap(({errorBody}) => errorBody ?? [])];
  const schemas: readonly AnswerSchema[] = [
    {name: 'error', schema: z.union(errorBodies)},
    ...operations.flatMap(answersOf),
  ];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Chatlet server',
      version,
      description: 'Ask models, keep chats, and see what they cost.',
      license: {name: 'MIT', identifier: 'MIT'},
    },
    servers: [{url: '.'}],
    tags: Object.entries(tags).flatMap(([name, description]) =>
      operations.some(({tag}) => tag === name) ? [{name, description}] : [],
    ),
    security: [{key: []}, {keyHeader: []}, {visitor: []}, {}],
    paths: pathsOf(operations),
    components: {
      securitySchemes: {
        key: {type: 'http', scheme: 'bearer', description: 'An API key, or a token that the site minted for its user.'},
        keyHeader: {type: 'apiKey', in: 'header', name: 'x-api-key'},
        visitor: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Chatlet-Visitor',
          description: 'A visitor’s token, which comes with the first answer.',
        },
      },
      schemas: Object.fromEntries(schemas.map(({name, schema}) => [name, jsonSchema(schema, 'output')])),
      responses: {
        error: {
          description: 'What went wrong, in the words of the API that was asked',
          content: {'application/json': referTo('error')},
        },
        limited: {
          description: 'Too many questions; `Retry-After` says how many seconds to wait',
          headers: {'Retry-After': {schema: {type: 'integer'}}},
          content: {'application/json': referTo('error')},
        },
      },
    },
  };
}

/** Stands for the events of all dialects. */
const eventStream: AnswerSchema = {
  name: 'stream',
  schema: z.string().describe('One event after the other; see the protocol that was asked for'),
};

/** The answers of an operation, but errors, which all share. */
function answersOf({answer, streams, moreResponses = {}}: DescribedOperation): readonly AnswerSchema[] {
  const further = Object.values(moreResponses).map((each) => each.answer);
  return [answer, streams && eventStream, ...further].filter((each) => each !== undefined && each !== 'error');
}

function pathsOf(operations: readonly DescribedOperation[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const {method, selects} = operation;
    // An operation that selects its requests is described together with the one that takes the rest.
    if (selects) continue;
    for (const path of operation.paths) {
      const beside = operations.filter((each) => each.selects && each.method === method && each.paths.includes(path));
      const written = path.replace(/[:*](\w+)/g, '{$1}');
      paths[written] = {...paths[written], [method]: describe([operation, ...beside], written)};
    }
  }
  return paths;
}

/** Describes operations that share a method and a path as one: the first names it, the others add their schemas. */
function describe(sharing: readonly [DescribedOperation, ...DescribedOperation[]], path: string): object {
  const [{method, tag, summary, description, callers}] = sharing;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: {type: 'string'},
  }));
  const parameters = [
    ...inPath,
    ...parametersOf(
      'query',
      sharing.map(({query}) => query),
    ),
    ...parametersOf(
      'header',
      sharing.map(({headers}) => headers),
    ),
  ];
  const body = eitherOf(sharing.flatMap((each) => (each.body ? [jsonSchema(each.body, 'input')] : [])));
  return {
    operationId: `${method}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, '')}`,
    tags: [tag],
    summary,
    ...(description && {description}),
    ...(callers === 'programs' && {security: [{key: []}, {keyHeader: []}, {}]}),
    ...(callers === 'anybody' && {security: [{}]}),
    ...(parameters.length > 0 && {parameters}),
    ...(body && {requestBody: {required: true, content: {'application/json': {schema: body}}}}),
    responses: responsesOf(sharing),
  };
}

/** All responses, with the refusals of all operations of that kind. */
function responsesOf(
  sharing: readonly [DescribedOperation, ...DescribedOperation[]],
): Readonly<Record<number, object>> {
  const [{method, summary, callers}] = sharing;
  const any = (has: (operation: DescribedOperation) => unknown) => sharing.some((each) => Boolean(has(each)));
  const refusals = [
    ...(any(({body, query}) => body ?? query) ? [400] : []),
    ...(callers === 'anybody' ? [] : [401]),
    // Pages of other origins may at most read.
    ...(method === 'get' ? [] : [403]),
    ...(any(({mayBe404}) => mayBe404) ? [404] : []),
    ...(any(({body}) => body) ? [413, 415] : []),
    ...(any(({asksModel}) => asksModel) ? [409, 502, 503, 504] : []),
  ];
  const further = Object.assign({}, ...sharing.map(({moreResponses}) => moreResponses)) as Record<
    number,
    FurtherResponse
  >;
  return {
    200: {description: summary, content: joinContents(sharing.map(contentOf))},
    ...Object.fromEntries(refusals.map((status) => [status, {$ref: '#/components/responses/error'}])),
    ...(callers !== 'anybody' && {429: {$ref: '#/components/responses/limited'}}),
    ...Object.fromEntries(
      Object.entries(further).map(([status, {description, answer}]) => [
        status,
        {description, ...(answer && {content: contentOf({answer})})},
      ]),
    ),
  };
}

interface Content {
  readonly answer?: AnswerSchema | 'error';
  readonly answerType?: string;
  readonly streams?: readonly string[];
}

type Contents = Readonly<Record<string, {readonly schema: JsonSchema}>>;

function joinContents(contents: readonly Contents[]): object {
  const types = new Set(contents.flatMap((each) => Object.keys(each)));
  const schemaOf = (type: string) => eitherOf(contents.flatMap((each) => each[type]?.schema ?? []));
  return Object.fromEntries([...types].map((type) => [type, {schema: schemaOf(type)}]));
}

function contentOf({answer, answerType = 'application/json', streams = []}: Content): Contents {
  return {
    ...(answer && {[answerType]: referTo(answer === 'error' ? answer : answer.name)}),
    ...Object.fromEntries(streams.map((type) => [type, referTo(eventStream.name)])),
  };
}

function referTo(name: string): {readonly schema: JsonSchema} {
  return {schema: {$ref: `#/components/schemas/${name}`}};
}

function parametersOf(place: 'query' | 'header', schemas: readonly (z.ZodObject | undefined)[]): readonly object[] {
  const described = schemas.map((schema) => (schema ? jsonSchema(schema, 'input') : {}));
  const names = new Set(described.flatMap(({properties = {}}) => Object.keys(properties)));
  return [...names].map((name) => ({
    name,
    in: place,
    ...(described.every(({required = []}) => required.includes(name)) && {required: true}),
    schema: eitherOf(described.flatMap(({properties = {}}) => properties[name] ?? [])),
  }));
}

interface JsonSchema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
}

/** One schema that allows all that the given ones allow; undefined if there are none. */
function eitherOf(schemas: readonly JsonSchema[]): JsonSchema | undefined {
  const different = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  const [first] = different;
  if (!first || different.length === 1) return first;
  const words = different.map((schema) => schema.enum);
  if (words.every((each) => each !== undefined)) return {...first, enum: [...new Set(words.flat())]};
  return {anyOf: different.flatMap((schema) => schema.anyOf ?? [schema])};
}

/**
 * Converts to JSON Schema without `$schema`, which only a whole document has. Checks that it cannot express are left
 * out.
 */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const {$schema: _, ...rest} = z.toJSONSchema(schema, {io, unrepresentable: 'any'});
  return rest as JsonSchema;
}
