/**
 * Turns the named operations of a GraphQL document into tools: their variables are the input, and a mutation needs the
 * visitor's approval. Loads the package `graphql`, which not everybody needs. Knows no model.
 */
import {ChatError, type Json, type JsonObject, isObject} from '@chatlet/protocol';
import type * as graphqlPackage from 'graphql';
import type {DocumentNode, GraphQLInputType, GraphQLSchema, OperationDefinitionNode} from 'graphql';
import type {Tool} from '../engine/tool.ts';
import {type Service, openService} from './ask-service.ts';
import {type JsonSchema, defineTool} from './define-tool.ts';

/** The GraphQL API, and the operations that become tools. */
export interface GraphqlToolsOptions {
  /** The address of the GraphQL server, over HTTP. */
  readonly endpoint: string;
  /** A document with named queries and mutations; a comment above an operation tells the model what it does. */
  readonly operations: string;
  /** Headers for every request, such as an API key. */
  readonly headers?: Readonly<Record<string, string>>;
}

type Graphql = typeof graphqlPackage;

/** Levels of input objects that the model is told about; deeper ones may have any fields. */
const deepestInput = 5;

/**
 * Asks the server for its schema once, checks the operations against it, and makes a tool of each.
 *
 * @example
 * createChatServer({tools: await graphqlTools({endpoint, operations: '# Lists the todos.\nquery todos { todos { title } }'})});
 * @throws ChatError `invalid-request` if the document cannot be used, or the package `graphql` is missing; `provider-error`
 *   if it does not fit the server's schema; `provider-unavailable` if nobody answers at the endpoint
 */
export async function graphqlTools({endpoint, operations, headers}: GraphqlToolsOptions): Promise<readonly Tool[]> {
  const graphql = await loadGraphql();
  const service = openService({name: 'The GraphQL server', baseUrl: endpoint, ...(headers && {headers})});
  const document = parseOperations(graphql, operations);
  const schema = await loadSchema(graphql, service);
  const [mistake] = graphql.validate(schema, document);
  if (mistake)
    throw new ChatError('provider-error', `The GraphQL operations do not fit the server: ${mistake.message}`);
  return operationsIn(graphql, document).map((operation) => ({
    ...toTool(operation, {graphql, service, document, schema}),
    origin: `${endpoint} ${operation.name.value}`,
  }));
}

async function loadGraphql(): Promise<Graphql> {
  try {
    return await import('graphql');
  } catch (cause) {
    throw new ChatError('invalid-request', 'Tools of GraphQL need a package: npm install graphql', {cause});
  }
}

function parseOperations({parse}: Graphql, operations: string): DocumentNode {
  try {
    return parse(operations);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ChatError('invalid-request', `The GraphQL operations cannot be read: ${reason}`, {cause});
  }
}

async function loadSchema(
  {buildClientSchema, getIntrospectionQuery}: Graphql,
  service: Service,
): Promise<GraphQLSchema> {
  const asked = {query: getIntrospectionQuery()};
  const {data, errors} = await request(service, asked, {signal: AbortSignal.timeout(15_000)});
  if (errors.length > 0) throw refused(errors);
  // The package checks the answer itself.
  return buildClientSchema(data as unknown as Parameters<typeof buildClientSchema>[0]);
}

type NamedOperation = OperationDefinitionNode & {readonly name: NonNullable<OperationDefinitionNode['name']>};

/** @throws ChatError `invalid-request` for an operation without a name, a subscription, or a document without any */
function operationsIn({Kind, OperationTypeNode}: Graphql, {definitions}: DocumentNode): readonly NamedOperation[] {
  const named = definitions.flatMap((definition): NamedOperation[] => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const {name, operation} = definition;
    if (!name) throw new ChatError('invalid-request', `A GraphQL ${operation} needs a name, which is the tool's.`);
    if (operation === OperationTypeNode.SUBSCRIPTION) {
      throw new ChatError('invalid-request', `The GraphQL subscription ${name.value} cannot be a tool.`);
    }
    return [{...definition, name}];
  });
  if (named.length === 0) throw new ChatError('invalid-request', 'The GraphQL document has no operation.');
  return named;
}

interface Surroundings {
  readonly graphql: Graphql;
  readonly service: Service;
  readonly document: DocumentNode;
  readonly schema: GraphQLSchema;
}

function toTool(operation: NamedOperation, {graphql, service, document, schema}: Surroundings): Tool {
  const name = operation.name.value;
  const query = graphql.print(graphql.separateOperations(document)[name] ?? document);
  const isQuery = operation.operation === graphql.OperationTypeNode.QUERY;
  return defineTool<JsonObject>({
    name,
    description: commentAbove(graphql, operation) ?? `Runs the GraphQL ${operation.operation} ${name}: ${query}`,
    input: toInputSchema(operation, {graphql, schema}),
    annotations: {readOnlyHint: isQuery},
    run: (variables, {signal}) => runOperation(service, {query, operationName: name, variables}, {isQuery, signal}),
  });
}

/** The lines of the comment right above an operation. */
function commentAbove({TokenKind}: Graphql, {loc}: OperationDefinitionNode): string | undefined {
  const lines: string[] = [];
  for (let token = loc?.startToken.prev; token?.kind === TokenKind.COMMENT; token = token.prev)
    lines.unshift(token.value.trim());
  return lines.length === 0 ? undefined : lines.join(' ');
}

/** The variables of an operation as a JSON Schema. */
function toInputSchema(
  {variableDefinitions = []}: OperationDefinitionNode,
  {graphql, schema}: Pick<Surroundings, 'graphql' | 'schema'>,
): JsonSchema {
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  for (const {variable, type, defaultValue} of variableDefinitions) {
    const found: unknown = graphql.typeFromAST(schema, type);
    const inputType = graphql.isInputType(found) ? found : undefined;
    properties[variable.name.value] = toJsonSchema(inputType, {graphql, depth: 0});
    if (type.kind === graphql.Kind.NON_NULL_TYPE && defaultValue === undefined) required.push(variable.name.value);
  }
  return {type: 'object', properties, required, additionalProperties: false};
}

/** A type that is no scalar of GraphQL's own may be anything: the server checks it. */
function toJsonSchema(
  type: GraphQLInputType | undefined,
  {graphql, depth}: {readonly graphql: Graphql; readonly depth: number},
): JsonSchema | object {
  if (graphql.isNonNullType(type) || graphql.isListType(type)) {
    // Inside of an input type is an input type, which the declarations of these checks have forgotten.
    const inner = toJsonSchema(type.ofType as GraphQLInputType, {graphql, depth});
    return graphql.isListType(type) ? {type: 'array', items: inner} : inner;
  }
  const about = type?.description ? {description: type.description} : {};
  if (graphql.isEnumType(type)) return {...about, enum: type.getValues().map(({name}) => name)};
  if (graphql.isInputObjectType(type) && depth < deepestInput) {
    const fields = Object.values(type.getFields());
    return {
      ...about,
      type: 'object',
      properties: Object.fromEntries(
        fields.map((field) => [field.name, toJsonSchema(field.type, {graphql, depth: depth + 1})]),
      ),
      required: fields.filter((field) => graphql.isRequiredInputField(field)).map(({name}) => name),
      additionalProperties: false,
    };
  }
  const scalars: Readonly<Record<string, object>> = {
    String: {type: 'string'},
    ID: {type: 'string'},
    Boolean: {type: 'boolean'},
    Int: {type: 'integer'},
    Float: {type: 'number'},
  };
  return (graphql.isScalarType(type) ? scalars[type.name] : undefined) ?? about;
}

interface Answer {
  /** Null if nothing came of it. Absent if the server has not begun. */
  readonly data?: Json;
  readonly errors: readonly string[];
}

/** @throws ChatError `provider-error` if it is no answer of GraphQL, and as `Service.postJson` does */
async function request(service: Service, body: JsonObject, options: {signal: AbortSignal}): Promise<Answer> {
  const answer = await service.postJson(body, options);
  if (!isObject(answer)) throw new ChatError('provider-error', 'The GraphQL server did not answer with an object.');
  const {errors, data} = answer as {errors?: unknown; data?: Json};
  const messages = (Array.isArray(errors) ? errors : [])
    .slice(0, 5)
    .map((error) => (isObject(error) ? String(error['message']) : 'unknown error'));
  return {...(data !== undefined && {data}), errors: messages};
}

/**
 * The data; with the errors beside it if a part has failed, since the rest was done.
 * @throws ChatError `provider-error` with the server's own errors, which are for its callers
 */
async function runOperation(
  service: Service,
  body: JsonObject,
  {isQuery, signal}: {readonly isQuery: boolean; readonly signal: AbortSignal},
): Promise<Json> {
  const {data, errors} = await request(service, body, {signal});
  if (errors.length === 0) return data ?? null;
  if (isObject(data) && Object.values(data).some((field) => field !== null)) {
    return {note: 'A part of it failed, see `errors`. What `data` tells was done.', data, errors};
  }
  // An error in a field of the result ends all of it, after the mutation itself.
  const doubt = isQuery || data === undefined ? '' : ' Whether it was done is not known.';
  throw refused(errors, doubt);
}

function refused(errors: readonly string[], doubt = ''): ChatError {
  return new ChatError('provider-error', `The GraphQL server refused: ${errors.join(' ')}${doubt}`);
}
