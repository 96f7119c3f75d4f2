/** Quotes of models by the passage that they name: true ones, some with slips, and ones in which one thing is changed. */

export interface QuoteCase {
  /** Index in `passages`. */
  readonly passage: number;
  readonly quote: string;
}

export const passages: readonly string[] = [
  'The ferry to **Hallig Hooge** leaves at 9:40 from [Schlüttsiel](https://example.com/map), and returns at 16:15. Dogs are not allowed on the upper deck.',
  '| setting | default | means |\n| --- | --- | --- |\n| `timeout` | 30 s | how long a request may take |\n| `retries` | 3 | how often it is sent again |',
  'Revenue in Q4 was 12.4 million euros, 8 % more than in Q3. Nordwind GmbH expects no further growth before 2027.',
  'You cannot undo a deletion. Before you delete an account, export its data with `tool export --all`, because backups are kept for only 14 days.',
  'Each key belongs to exactly one plan. If a key has no plan, the plan `default` counts, which allows 100 requests a minute and 1,000 an hour.',
  'Dr. Imke Petersen founded the observatory in 1987. Since then it has counted about 4 200 storms, and never closed for a single night.',
  'To install the package, run `npm install @chatlet/widget@2.3.1` and add `<chatlet-chat></chatlet-chat>` to the page. Node 22 or newer is needed.',
  'Store the vaccine between 2 and 8 °C. Do not freeze it. After the first dose, the vial must be used within 6 hours; throw the rest away.',
  '返品は商品到着後14日以内に限り承ります。開封済みの商品は返品できません。送料はお客様のご負担となります。',
  '会员可以在每周三免费参观博物馆，但不能带宠物入内。学生票价为二十元，需出示有效学生证。',
  'The court held that the contract was void: neither party had signed the annex, and the deadline of 31 March 2024 had passed without any notice.',
  '> “Water is life”, the sign says – and below it, in small letters, “but not here”. The well at Rotwasser has been dry since the summer of 1976.',
];

/** 40 quotes that stand in their passages: word for word, or with another case, spacing, markup, one article less. */
export const trueQuotes: readonly QuoteCase[] = [
  {passage: 0, quote: 'The ferry to Hallig Hooge leaves at 9:40 from Schlüttsiel'},
  {passage: 0, quote: 'leaves at 9:40 from Schlüttsiel, and returns at 16:15'},
  {passage: 0, quote: 'Dogs are not allowed on the upper deck.'},
  {passage: 0, quote: 'THE FERRY TO HALLIG HOOGE leaves  at 9:40'},
  {passage: 1, quote: 'timeout 30 s how long a request may take'},
  {passage: 1, quote: '`retries` | 3 | how often it is sent again'},
  {passage: 1, quote: 'how long a request may take'},
  {passage: 2, quote: 'Revenue in Q4 was 12.4 million euros'},
  {passage: 2, quote: 'Revenue in Q4 was 12.4 million euros, 8 % more than in Q3'},
  {passage: 2, quote: 'Nordwind GmbH expects no further growth before 2027'},
  {passage: 2, quote: 'revenue in q4 was 12.4 million euros, 8% more than in q3.'},
  {passage: 3, quote: 'You cannot undo a deletion.'},
  {passage: 3, quote: 'Before you delete an account, export its data with tool export --all'},
  {
    passage: 3,
    quote: 'Before you delete an account, export its data with `tool export —all`, because backups are kept',
  },
  {passage: 3, quote: 'backups are kept for only 14 days'},
  {passage: 4, quote: 'Each key belongs to exactly one plan'},
  {
    passage: 4,
    quote: 'If a key has no plan, the plan “default” counts, which allows 100 requests a minute and 1,000 an hour.',
  },
  {
    passage: 4,
    quote: 'If a key has no plan, the plan default counts, which allows 100 requests minute and 1,000 an hour.',
  },
  {passage: 4, quote: 'allows 100 requests a minute'},
  {passage: 5, quote: 'Dr. Imke Petersen founded the observatory in 1987.'},
  {passage: 5, quote: 'founded the observatory\nin 1987. Since then it has counted about 4 200 storms'},
  {passage: 5, quote: 'Since then it has counted about 4 200 storms, and never closed for a single night'},
  {passage: 5, quote: 'Since then it has counts about 4 200 storms, and never closed for a single night'},
  {passage: 6, quote: 'To install the package, run npm install @chatlet/widget@2.3.1'},
  {passage: 6, quote: 'add `<chatlet-chat></chatlet-chat>` to the page'},
  {passage: 6, quote: 'Node 22 or newer is needed.'},
  {passage: 7, quote: 'Store the vaccine between 2 and 8 °C. Do not freeze it.'},
  {passage: 7, quote: 'After first dose, the vial must be used within 6 hours; throw the rest away'},
  {passage: 7, quote: 'the vial must be used within 6 hours'},
  {passage: 8, quote: '返品は商品到着後14日以内に限り承ります'},
  {passage: 8, quote: '開封済みの商品は返品できません。送料はお客様のご負担となります'},
  {passage: 8, quote: '返品は 商品到着後 14日以内に限り承ります。開封済みの商品は返品できません'},
  {passage: 9, quote: '会员可以在每周三免费参观博物馆，但不能带宠物入内'},
  {passage: 9, quote: '学生票价为二十元'},
  {passage: 9, quote: '学生票价为二十元，需出示有效学生证。'},
  {passage: 10, quote: 'neither party had signed the annex'},
  {passage: 10, quote: 'the deadline of 31 March 2024 had passed without any notice'},
  {passage: 10, quote: 'The court held that the contract was void – neither party had signed the annex'},
  {passage: 11, quote: '"Water is life", the sign says - and below it, in small letters, "but not here"'},
  {passage: 11, quote: 'The well at Rotwasser has been dry since the summer of 1976.'},
];

/** 20 quotes of 6 to 30 words in which one number, negation, name or unit is changed. */
export const alteredQuotes: readonly QuoteCase[] = [
  {passage: 0, quote: 'The ferry to Hallig Hooge leaves at 9:40 from Schlüttsiel, and returns at 16:45.'},
  {passage: 0, quote: 'The ferry to Hallig Langeneß leaves at 9:40 from Schlüttsiel, and returns at 16:15.'},
  {passage: 0, quote: 'Dogs are allowed on the upper deck'},
  {passage: 1, quote: 'timeout 30 ms how long a request may take retries 3 how often it is sent again'},
  {passage: 1, quote: 'timeout 30 s how long a request may take retries 5 how often it is sent again'},
  {passage: 2, quote: 'Revenue in Q4 was 14.2 million euros, 8 % more than in Q3.'},
  {passage: 2, quote: 'Revenue in Q4 was 12.4 million euros, 8 % less than in Q3.'},
  {
    passage: 2,
    quote: 'Revenue in Q4 was 12.4 billion euros, 8 % more than in Q3. Nordwind GmbH expects no further growth',
  },
  {passage: 2, quote: 'Nordwind GmbH expects further growth before 2027'},
  {
    passage: 3,
    quote:
      'Before you delete an account, export its data with tool export --all, because backups are kept for only 40 days.',
  },
  {
    passage: 4,
    quote: 'If a key has a plan, the plan default counts, which allows 100 requests a minute and 1,000 an hour.',
  },
  {
    passage: 4,
    quote: 'If a key has no plan, the plan default counts, which allows 100 requests a minute and 10,000 an hour.',
  },
  {
    passage: 5,
    quote: 'Dr. Elke Petersen founded the observatory in 1987. Since then it has counted about 4 200 storms',
  },
  {passage: 5, quote: 'Since then it has counted about 4 200 storms, and closed for a single night'},
  {passage: 6, quote: 'To install the package, run npm install @chatlet/server@2.3.1 and add chatlet-chat to the page'},
  {
    passage: 7,
    quote: 'Store the vaccine between -2 and 8 °C. Do not freeze it. After the first dose, the vial must be used',
  },
  {passage: 7, quote: 'After the first dose, the vial must be used within 6 days; throw the rest away'},
  {passage: 8, quote: '返品は商品到着後30日以内に限り承ります。開封済みの商品は返品できません'},
  {passage: 9, quote: '会员可以在每周三免费参观博物馆，但能带宠物入内'},
  {
    passage: 10,
    quote: 'neither party had signed the annex, and the deadline of 31 May 2024 had passed without any notice',
  },
];

/** 20 true quotes that are said to stand in another passage. */
export const foreignQuotes: readonly QuoteCase[] = trueQuotes
  .filter((_, index) => index % 2 === 0)
  .map(({passage, quote}) => ({passage: (passage + 5) % passages.length, quote}));
