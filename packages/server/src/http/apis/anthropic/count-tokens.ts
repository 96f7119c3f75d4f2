/** `/v1/messages/count_tokens`: the tokens of a question, without asking it. An estimate: see `engine/count-tokens.ts`. */
import {countPromptTokens, countTokens} from '../../../engine/count-tokens.ts';
import type {Operation} from '../../operation.ts';
import {requestIdOf} from '../../request/request-id.ts';
import {tellIgnored} from '../../request/unlisted-options.ts';
import {printAnthropicError} from './errors.ts';
import {anthropicBody, parseAnthropic} from './request.ts';
import {anthropicCountAnswer} from './response.ts';

export const countTokensOperation: Operation = {
  method: 'post',
  paths: ['/v1/messages/count_tokens'],
  callers: 'programs',
  printError: printAnthropicError,
  tag: 'Questions',
  summary: 'The tokens of a question of Anthropic’s clients, counted with OpenAI’s vocabulary',
  body: anthropicBody,
  answer: anthropicCountAnswer,
  mayBe404: true,
  handler:
    ({auth, models, passOptions}) =>
    async (req, res) => {
      const {model, messages, options, ignored} = parseAnthropic(req.body, passOptions);
      tellIgnored(res, ignored);
      await models.resolve(model, {plan: await auth.planFor(req)});
      const tools = options.tools ? JSON.stringify(options.tools) : '';
      const [asked, offered] = await Promise.all([countPromptTokens(messages), countTokens(tools)]);
      res.set('request-id', requestIdOf(res)).json({input_tokens: asked + offered});
    },
};
