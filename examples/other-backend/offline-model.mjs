/** A stand-in for a model's server with OpenAI's API, so that the example runs without a key. It repeats the question. */
import {Router} from 'express';

export function offlineModel() {
  const router = Router();
  router.get('/models', (_req, res) => res.json({object: 'list', data: [{id: 'offline', object: 'model'}]}));
  router.post('/chat/completions', async (req, res) => {
    const {content} = req.body.messages.at(-1);
    const text = typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
    const chunk = (choice, more) => {
      const body = {id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 0, model: 'offline', ...more};
      res.write(`data: ${JSON.stringify({...body, choices: [{index: 0, finish_reason: null, ...choice}]})}\n\n`);
    };
    res.set({'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache'});
    for (const word of `You said: ${text}`.split(/(?<= )/)) {
      chunk({delta: {role: 'assistant', content: word}});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    chunk({delta: {}, finish_reason: 'stop'});
    res.end('data: [DONE]\n\n');
  });
  return router;
}
