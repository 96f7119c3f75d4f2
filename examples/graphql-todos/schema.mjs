/** The GraphQL API: a list of todos in a SQLite file. Knows no chat. */
import {randomUUID} from 'node:crypto';
import {DatabaseSync} from 'node:sqlite';
import {createSchema} from 'graphql-yoga';

const typeDefs = /* GraphQL */ `
  type Todo {
    id: ID!
    title: String!
    completed: Boolean!
    "ISO 8601, UTC."
    createdAt: String!
  }

  type Query {
    "The newest first."
    todos: [Todo!]!
  }

  type Mutation {
    createTodo(title: String!): Todo!
    "Null if there is no such todo."
    completeTodo(id: ID!): Todo
  }
`;

/** @param path of the SQLite file; `:memory:` keeps nothing after the end */
export function todoSchema(path) {
  const db = new DatabaseSync(path);
  db.exec('create table if not exists todos (id text primary key, title text, completed int, createdAt text)');
  const find = db.prepare('select * from todos where id = ?');
  const read = (row) => row && {...row, completed: row.completed === 1};
  return createSchema({
    typeDefs,
    resolvers: {
      Query: {
        todos: () => db.prepare('select * from todos order by rowid desc').all().map(read),
      },
      Mutation: {
        createTodo(_, {title}) {
          const id = randomUUID();
          db.prepare('insert into todos values (?, ?, 0, ?)').run(id, title, new Date().toISOString());
          return read(find.get(id));
        },
        completeTodo(_, {id}) {
          db.prepare('update todos set completed = 1 where id = ?').run(id);
          return read(find.get(id)) ?? null;
        },
      },
    },
  });
}
