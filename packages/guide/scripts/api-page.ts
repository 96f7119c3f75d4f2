/** Prints what `/openapi.json` says as Markdown: each operation with its parameters, its body and its answer. */
import {isObject} from '../../protocol/src/index.ts';
import {servedApis} from '../../server/src/http/apis.ts';
import {operatorApi} from '../../server/src/http/operator/docs.ts';
import {openApiDocument} from '../../server/src/http/operator/openapi.ts';
import {table} from './table.ts';

type Json = Record<string, unknown>;

export function printApi(): string {
  const document: unknown = JSON.parse(
    JSON.stringify(openApiDocument({version: '', apis: [...servedApis({ollama: true}), operatorApi]})),
  );
  const {tags, paths, components} = object(document);
  const schemas = object(object(components)['schemas']);
  const operations = Object.entries(object(paths)).flatMap(([path, methods]) =>
    Object.entries(object(methods)).map(([method, operation]) => ({
      path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
      method: method.toUpperCase(),
      operation: object(operation),
    })),
  );
  return list(tags)
    .map((tag) => {
      const {name, description} = object(tag);
      const own = operations.filter(({operation}) => list(operation['tags']).includes(name));
      // Paths of one operation stand together, below the first of them.
      const groups = Map.groupBy(own, ({method, operation}) => `${method} ${text(operation['summary'])}`);
      const texts = [...groups.values()].map((group) => printOperation(group, schemas));
      return `## ${text(name)}\n\n${text(description)}.\n\n${texts.join('\n\n')}`;
    })
    .join('\n\n');
}

function printOperation(group: readonly {path: string; method: string; operation: Json}[], schemas: Json): string {
  const [{path, method, operation} = {path: '', method: '', operation: {}}, ...others] = group;
  const {summary, description, parameters = [], requestBody, responses} = operation;
  const also = others.map((other) => `\`${other.path}\``).join(', ');
  const rows = list(parameters).map((parameter) => {
    const {name, in: place, required, schema} = object(parameter);
    return [
      `\`${text(name)}\``,
      text(place),
      typeOf(schema),
      `${required === true ? '**required.** ' : ''}${text(object(schema)['description'])}`,
    ];
  });
  const body = contentOf(requestBody);
  const [status = '', answer] = Object.entries(object(responses)).find(([code]) => code.startsWith('2')) ?? [];
  const answerSchema = resolve(contentOf(answer), schemas);
  return [
    `### ${method} ${path}`,
    `${text(summary)}.${description === undefined ? '' : ` ${text(description)}`}${also === '' ? '' : ` Also ${also}.`}`,
    ...(rows.length > 0 ? [table(['parameter', 'in', 'type', 'means'], rows)] : []),
    ...printFields('Body', body),
    ...(answerSchema === undefined ? [] : printFields(`Answer, ${status}`, answerSchema)),
  ].join('\n\n');
}

/** A table of the fields of a schema; of all its forms together if it has several. */
function printFields(title: string, schema: unknown): readonly string[] {
  if (schema === undefined) return [];
  const forms = formsOf(schema);
  const fields = new Map<string, {types: Set<string>; required: number; description: string}>();
  for (const form of forms) {
    const required = list(form['required']);
    for (const [name, field] of Object.entries(object(form['properties']))) {
      const row = fields.get(name) ?? {types: new Set(), required: 0, description: text(object(field)['description'])};
      row.types.add(typeOf(field));
      if (required.includes(name)) row.required++;
      fields.set(name, row);
    }
  }
  if (fields.size === 0) return [`${title}: ${typeOf(schema)}`];
  const rows = [...fields].map(([name, {types, required, description}]) => [
    `\`${name}\``,
    [...types].join(' or '),
    `${required === forms.length ? '**required.** ' : ''}${description}`,
  ]);
  return [`${title}:`, table(['field', 'type', 'means'], rows)];
}

/** The objects that a value may be. */
function formsOf(schema: unknown): readonly Json[] {
  const {anyOf, oneOf, allOf, properties} = object(schema);
  if (allOf !== undefined) return [mergeAll(list(allOf).flatMap(formsOf))];
  if (properties !== undefined) return [object(schema)];
  return list(anyOf ?? oneOf ?? []).flatMap(formsOf);
}

function mergeAll(forms: readonly Json[]): Json {
  return {
    properties: Object.assign({}, ...forms.map((form) => object(form['properties']))),
    required: forms.flatMap((form) => list(form['required'])),
  };
}

/** A short name of a type, to one level: `string`, `"a" or "b"`, `list of objects`. */
function typeOf(schema: unknown, isList = false): string {
  const {type, anyOf, oneOf, const: only, enum: values, items, $ref} = object(schema);
  if ($ref !== undefined) return `\`${text($ref).split('/').at(-1)}\``;
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (Array.isArray(values)) return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  const forms = list(anyOf ?? oneOf ?? []);
  if (forms.length > 0) {
    const names = new Set(forms.map((form) => typeOf(form, isList)).filter((name) => name !== 'null'));
    return [...names].join(' or ');
  }
  if (type === 'array') return `list of ${typeOf(items, true)}`;
  if (Array.isArray(type)) return type.filter((each) => each !== 'null').join(' or ');
  return typeof type === 'string' ? (isList ? `${type}s` : type) : 'anything';
}

/** The schema of the first media type. */
function contentOf(message: unknown): unknown {
  const [content] = Object.values(object(object(message)['content']));
  return content === undefined ? undefined : object(content)['schema'];
}

function resolve(schema: unknown, schemas: Json): unknown {
  const reference = object(schema)['$ref'];
  return typeof reference === 'string' ? schemas[reference.split('/').at(-1) ?? ''] : schema;
}

const object = (value: unknown): Json => (isObject(value) ? value : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
