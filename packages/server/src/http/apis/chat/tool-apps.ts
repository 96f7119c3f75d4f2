/**
 * Apps of tools (MCP Apps): `/api/chat/:chatId/tools/:callId/app` opens the app that shows a call and calls tools for it, and
 * `/api/apps/:token` serves its page to a frame. The page has an opaque origin by its own headers, wherever it is shown.
 */
import {hash} from 'node:crypto';
import {asJson} from '@chatlet/protocol';
import type {Response} from 'express';
import {z} from 'zod';
import {check} from '../../../check.ts';
import {noSuchChat} from '../../../engine/not-found.ts';
import {longestAppContext} from '../../../engine/app-context.ts';
import type {AppPage} from '../../../engine/tool.ts';
import type {Operation} from '../../operation.ts';
import {resolveOwnedChat} from '../../request/owned-chat.ts';
import {whileReading} from '../../response/answer.ts';
import {type AnswerSchema, textField} from '../../response/answer-schemas.ts';
import {printError} from '../../response/errors.ts';

const appBody = z.strictObject({
  messageId: z.string().max(200).describe('The answer with the call'),
  name: z.string().max(200).optional().describe('The tool that the app calls, by its name at the MCP server'),
  arguments: z.record(z.string(), z.unknown()).optional().describe('With `name`: the input'),
  approved: z
    .string()
    .max(100)
    .optional()
    .describe('With `name`: the `definition` of the tool that the visitor has allowed'),
  resource: z.string().max(2000).optional().describe('The address of a resource of the same server that the app reads'),
  modelContext: z
    .string()
    .max(longestAppContext)
    .optional()
    .describe('What the app says to the model, which reads it with the next question; empty for nothing any more'),
});

const appAnswer: AnswerSchema = {
  name: 'toolApp',
  schema: z.object({
    url: textField
      .optional()
      .describe('If the body has nothing but `messageId`: the path of the page, good for five minutes'),
    result: z.looseObject({}).optional().describe('MCP’s `CallToolResult`, or `ReadResourceResult` of a resource'),
    approval: z
      .object({name: textField, definition: textField, destructive: z.boolean()})
      .optional()
      .describe('The visitor must allow the call first'),
  }),
};

const pageAnswer: AnswerSchema = {name: 'appPage', schema: z.string()};

/**
 * The document around the page. It passes messages between the page and the chat, which gives it a port, and its policy
 * keeps the page from leaving for another address, which no policy of the page itself can.
 */
const script = `
let port;
const frame = document.querySelector('iframe');
addEventListener('message', ({source, data, ports}) => {
  if (source === frame.contentWindow) port?.postMessage(data);
  else if (source === parent && ports[0] && !port) {
    port = ports[0];
    port.onmessage = ({data}) => {
      const {theme} = data.result?.hostContext ?? data.params ?? {};
      if (theme === 'dark' || theme === 'light') document.documentElement.style.colorScheme = theme;
      frame.contentWindow.postMessage(data, '*');
    };
    frame.title = String(data);
    frame.src = 'page';
  }
});
`;
const styles = 'html, body, iframe {display: block; inline-size: 100%; block-size: 100%; margin: 0; border: 0}';
const frameDocument = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>App</title><style>${styles}</style>
<body><iframe sandbox="allow-scripts" referrerpolicy="no-referrer"></iframe><script>${script}</script></body></html>
`;

const hashOf = (text: string) => `'sha256-${hash('sha256', text, 'base64')}'`;
const framePolicy = {
  'script-src': [hashOf(script)],
  'style-src': [hashOf(styles)],
  'frame-src': ["'self'"],
};

/** A page has its code and its styles in it, and reaches nothing that is not named here: not even this server. */
function policyFor({connect, resources, frames}: AppPage) {
  return {
    'script-src': ["'unsafe-inline'", ...resources],
    'style-src': ["'unsafe-inline'", ...resources],
    'img-src': ['data:', 'blob:', ...resources],
    'font-src': ['data:', ...resources],
    'media-src': ['data:', 'blob:', ...resources],
    ...(connect.length > 0 && {'connect-src': connect}),
    ...(frames.length > 0 && {'frame-src': frames}),
  };
}

/** Sends a document that has no origin, no rights, and nothing but what the policy names. */
function sendDocument(res: Response, html: string, policy: Readonly<Record<string, readonly string[]>>): void {
  const directives = {...policy, 'default-src': ["'none'"], 'base-uri': ["'none'"], 'form-action': ["'none'"]};
  const printed = Object.entries(directives).map(([name, sources]) => `${name} ${sources.join(' ')}`);
  res.set({
    'Content-Security-Policy': ['sandbox allow-scripts', ...printed].join('; '),
    'Content-Type': 'text/html; charset=utf-8',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Referrer-Policy': 'no-referrer',
    'X-DNS-Prefetch-Control': 'off',
  });
  res.send(html);
}

export const toolAppOperations: readonly Operation[] = [
  {
    method: 'post',
    paths: ['/api/chat/:chatId/tools/:callId/app'],
    callers: 'visitors',
    printError,
    tag: 'Questions',
    summary: 'Open the app of a tool, or do what it asks for',
    description:
      'With `messageId` alone the answer has the path of the page that shows the call. With `name` the tool runs, if it is one of the ' +
      'same MCP server that apps may call; one that needs an approval runs when the visitor has allowed it. With `resource` it ' +
      'is read, and with `modelContext` kept for the model.',
    body: appBody,
    answer: appAnswer,
    mayBe404: true,
    handler:
      ({auth, apps, appCalls}) =>
      async (req, res) => {
        const owned = await resolveOwnedChat(req, auth);
        if (!owned || !apps) throw noSuchChat();
        const [owner, chatId] = owned;
        const {messageId, name, arguments: input = {}, approved, resource, modelContext} = check(appBody, req.body);
        const call = {owner, chatId, messageId, callId: String(req.params['callId'])};
        const signal = whileReading(res);
        const asked = {name: name ?? '', input: asJson(input), ...(approved !== undefined && {approved})};
        const work = async () => {
          if (name !== undefined) return apps.call(call, asked, {signal});
          if (resource !== undefined) return {result: await apps.read(call, resource, {signal})};
          if (modelContext === undefined) return {url: `/api/apps/${await apps.open(call, {signal})}/frame`};
          await apps.keepContext(call, modelContext);
          return {};
        };
        res.json(await appCalls.run(owner, work, {signal}));
      },
  },
  {
    method: 'get',
    paths: ['/api/apps/:token/frame'],
    callers: 'anybody',
    tag: 'Questions',
    summary: 'The document around the page of an app',
    description: 'It has an opaque origin, and waits for a port from the chat around it.',
    answer: pageAnswer,
    answerType: 'text/html',
    handler: () => (_req, res) => sendDocument(res, frameDocument, framePolicy),
  },
  {
    method: 'get',
    paths: ['/api/apps/:token/page'],
    callers: 'anybody',
    tag: 'Questions',
    summary: 'The page of an app',
    description: 'It has an opaque origin, and its policy lets it reach what the operator allows and nothing else.',
    answer: pageAnswer,
    answerType: 'text/html',
    mayBe404: true,
    handler:
      ({apps}) =>
      async (req, res) => {
        if (!apps) throw noSuchChat();
        const page = await apps.page(String(req.params['token']), {signal: whileReading(res)});
        sendDocument(res, page.html, policyFor(page));
      },
  },
];
