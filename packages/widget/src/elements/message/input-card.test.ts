/** Filling in the form that a tool asks for, and opening its address, with the keyboard and the mouse. */
import {expect, waitUntil} from '@open-wc/testing';
import {ChatError, type Json, type JsonObject} from '@chatlet/protocol';
import type {ToolReply} from '../../client/transport.ts';
import {en} from '../../translations/en.ts';
import {find, findAll} from '../testing/look.ts';
import {createInputCard} from './input-card.ts';

const terms = {definition: '1', expiresAt: '2030-01-01T00:00:00.000Z'};
const part = {type: 'tool', callId: '1', name: 'book', input: {}, state: 'waiting'} as const;

const schema: JsonObject = {
  type: 'object',
  properties: {
    city: {type: 'string', title: 'City <b>', minLength: 2},
    mail: {type: 'string', format: 'email', description: 'For the bill'},
    nights: {type: 'integer', minimum: 1, maximum: 30, default: 2},
    size: {type: 'string', oneOf: [{const: 's', title: 'Small'}, {const: 'l'}]},
    meals: {type: 'array', items: {enum: ['Breakfast', 'Dinner']}, minItems: 1, maxItems: 1},
    late: {type: 'boolean', title: 'Late'},
    from: {type: 'string', format: 'date'},
  },
  required: ['city', 'late'],
};

function mount(
  wait: {expiresAt?: string} & ({ask: 'form'; schema: JsonObject} | {ask: 'url'; url: string}),
  error?: ChatError,
) {
  const host = document.createElement('div');
  document.body.append(host);
  const root = host.attachShadow({mode: 'open'});
  const replies: ToolReply[] = [];
  const card = createInputCard(root, {
    part: {...part, wait: {...terms, ...wait, message: 'Where <i>to</i>?'}},
    messageId: 'msg_1',
    words: en,
    async perform(action) {
      if (action.type === 'answer-tool') replies.push(action.reply);
      if (error) throw error;
    },
  });
  root.append(card);
  return {
    card,
    replies,
    field: (label: string) => {
      const found = [...card.querySelectorAll('label, fieldset')].find((each) => each.textContent.startsWith(label));
      return found?.querySelector('input, select') as HTMLInputElement;
    },
    submit: () => find(card, '[type=submit]').click(),
    status: () => find(card, '[role=status]').textContent,
  };
}

describe('the card of a call that asks for a form', () => {
  it('shows the tool’s words as text, and warns of secrets', () => {
    const {card} = mount({ask: 'form', schema});
    expect(card.querySelector('b, i')).to.equal(null);
    expect(card.textContent).to.contain('“book” asks you').and.contain('Where <i>to</i>?').and.contain('City <b>');
    expect(card.textContent).to.contain(en.neverSecrets).and.contain('For the bill').and.contain('size (optional)');
    expect(card.textContent).not.to.contain('Late (optional)');
  });

  it('sends what was entered, by the kinds of the fields, and nothing of fields that stayed empty', () => {
    const {field, submit, replies} = mount({ask: 'form', schema});
    field('City').value = 'Oslo';
    field('size').value = 's';
    field('Late').click();
    field('from').value = '2026-12-01';
    submit();
    const content: Json = {city: 'Oslo', nights: 2, size: 's', late: true, from: '2026-12-01'};
    expect(replies).to.deep.equal([{action: 'accept', content}]);
  });

  it('says at each field and in the status what does not fit, moves the focus there, and sends nothing', () => {
    const {card, field, submit, replies, status} = mount({ask: 'form', schema});
    field('City').value = 'O';
    field('mail').value = 'ada';
    field('nights').value = '1.5';
    findAll(card, 'fieldset input').forEach((box) => box.click());
    submit();
    expect(replies).to.deep.equal([]);
    expect(status()).to.equal(`City <b>, mail, nights, meals: ${en.fieldWrong}`);
    const city = field('City');
    expect(city.matches(':focus')).to.equal(true);
    expect(city.getAttribute('aria-invalid')).to.equal('true');
    const described = city
      .getAttribute('aria-describedby')
      ?.split(' ')
      .map((id) => card.querySelector(`#${id}`)?.textContent);
    expect(described).to.contain(en.fieldWrong);
    field('City').value = 'Oslo';
    field('mail').value = '';
    field('nights').value = '';
    findAll(card, 'fieldset input')[0]?.click();
    submit();
    expect(replies).to.deep.equal([{action: 'accept', content: {city: 'Oslo', meals: ['Dinner'], late: false}}]);
    expect(city.getAttribute('aria-invalid')).to.equal('false');
  });

  it('declines without a look at the fields', () => {
    const {card, replies} = mount({ask: 'form', schema});
    findAll(card, 'button').at(-1)?.click();
    expect(replies).to.deep.equal([{action: 'decline'}]);
  });

  it('says in words that its time is over, that the server refused a field, and that the server was not reached', async () => {
    for (const [code, words] of [
      ['conflict', en.answeredElsewhere],
      ['invalid-request', en.fieldWrong],
      ['network', en.notSent],
    ] as const) {
      const {field, submit, status} = mount({ask: 'form', schema}, new ChatError(code));
      field('City').value = 'Oslo';
      submit();
      await new Promise((resolve) => setTimeout(resolve));
      expect(status()).to.equal(words);
    }
  });
});

describe('the card of a call whose time is over', () => {
  const nothingToPress = (card: HTMLElement) => expect(card.querySelector('button, input, a, .term')).to.equal(null);

  it('says so from the beginning, and takes no answer', () => {
    const {card, status} = mount({ask: 'form', schema, expiresAt: '2020-01-01T00:00:00.000Z'});
    nothingToPress(card);
    expect(status()).to.equal(en.toolTooLate);
    expect(card.textContent).to.contain('Where <i>to</i>?');
  });

  it('says so when the time comes while the card is seen', async () => {
    const soon = new Date(Date.now() + 30).toISOString();
    const {card, status} = mount({ask: 'url', url: 'https://pay.example.com/', expiresAt: soon});
    await waitUntil(() => status() === en.toolTooLate);
    nothingToPress(card);
  });

  it('says so when the server knows it better than the clock of the page', async () => {
    const expired = new ChatError('conflict', undefined, {details: {reason: 'expired'}});
    const {card, field, submit, status} = mount({ask: 'form', schema}, expired);
    field('City').value = 'Oslo';
    submit();
    await waitUntil(() => status() === en.toolTooLate);
    nothingToPress(card);
  });
});

describe('the card of a call that asks to open an address', () => {
  it('shows the whole address with its host marked, opens it by a click alone in a tab that knows nothing of the page, and then goes on', () => {
    const {card, replies} = mount({ask: 'url', url: 'https://pay.example.com/room?id=1#x'});
    expect(find(card, '.address').textContent).to.equal('https://pay.example.com/room?id=1#x');
    expect(find(card, '.address b').textContent).to.equal('pay.example.com');
    const link = find(card, 'a');
    expect([link.getAttribute('target'), link.getAttribute('rel'), link.textContent]).to.deep.equal([
      '_blank',
      'noopener noreferrer',
      'Open pay.example.com',
    ]);
    const [done, decline] = findAll(card, 'button');
    expect(done?.hidden).to.equal(true);
    link.addEventListener('click', (event) => event.preventDefault());
    link.click();
    expect(done?.hidden).to.equal(false);
    expect(replies).to.deep.equal([]);
    done?.click();
    expect(replies).to.deep.equal([{action: 'accept'}]);
    expect(decline?.textContent).to.equal(en.declineInput);
  });
});
