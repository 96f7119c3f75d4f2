/** Embeddings with the `openai` package: finds the text that means most nearly what is asked. */
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.CHATLET_URL ?? 'http://localhost:8000'}/v1`,
  apiKey: process.env.CHATLET_KEY ?? 'none',
  ...(!process.env.CHATLET_KEY && {defaultHeaders: {authorization: null}}),
});

const question = process.argv[2] ?? 'How do I get my money back?';
const texts = ['Our lamps are made of oak.', 'A refund takes three days.', 'We are open from nine to five.'];

const {data} = await client.embeddings.create({
  // The name of a model of your upstream.
  model: process.env.CHATLET_EMBEDDINGS ?? 'text-embedding-3-small',
  input: [question, ...texts],
});
const [asked, ...found] = data.map(({embedding}) => embedding);

/** From −1 to 1: how nearly two vectors point the same way. */
function similarity(one, other) {
  const dot = (a, b) => a.reduce((sum, value, index) => sum + value * b[index], 0);
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
}

const scores = texts.map((text, index) => ({text, score: similarity(asked, found[index])}));
for (const {text, score} of scores.toSorted((a, b) => b.score - a.score)) console.log(score.toFixed(3), text);
