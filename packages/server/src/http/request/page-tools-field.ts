/** The functions of a page that the model may call, as a request of the page describes them. */
import {type PageToolDefinition, asJson, pageToolLimits, pageToolName} from '@chatlet/protocol';
import {z} from 'zod';

const {tools, definitions, description} = pageToolLimits;

const hint = z.boolean().nullish();

const pageTool = z
  .strictObject({
    name: z.string().regex(pageToolName, 'has at most 64 letters, digits, _ and -'),
    description: z.string().min(1).max(description),
    inputSchema: z.looseObject({type: z.literal('object')}),
    annotations: z.object({readOnlyHint: hint, destructiveHint: hint}).nullish(),
  })
  .transform(({name, description: words, inputSchema, annotations}): PageToolDefinition => ({
    name,
    description: words,
    inputSchema: asJson(inputSchema),
    ...(annotations && {
      annotations: {
        ...(annotations.readOnlyHint && {readOnlyHint: true}),
        ...(annotations.destructiveHint && {destructiveHint: true}),
      },
    }),
  }));

export const pageToolsField = z
  .array(pageTool)
  .max(tools)
  .refine((sent) => JSON.stringify(sent).length <= definitions, `have at most ${definitions} characters together`)
  .refine((sent) => new Set(sent.map(({name}) => name)).size === sent.length, 'have names that differ')
  .nullish()
  .describe('Functions of the page that the model may call: a call waits until the page has run it');
