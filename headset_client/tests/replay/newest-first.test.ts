import { expect, it } from "vitest";
import { NewestFirst } from "../../src/replay/newest-first";

function asked() {
  const questions: { question: number; answer: () => void; fail: () => void }[] = [];
  const answers: number[] = [];
  const failures: unknown[] = [];
  const newest = new NewestFirst<number, number>(
    (question) =>
      new Promise((answer, fail) => {
        questions.push({ question, answer: () => answer(question), fail: () => fail(new Error("no")) });
      }),
    (answer) => answers.push(answer),
    (error) => failures.push(error),
  );
  return { newest, questions, answers, failures };
}

const settled = () => new Promise((done) => setTimeout(done));

it("asks one question at a time, and of those that wait only the newest", async () => {
  const { newest, questions, answers } = asked();
  for (const question of [1, 2, 3, 4]) newest.want(question);
  expect(questions.map(({ question }) => question)).toEqual([1]);
  questions[0]?.answer();
  await settled();
  expect(questions.map(({ question }) => question)).toEqual([1, 4]);
  questions[1]?.answer();
  await settled();
  expect([answers, newest.isBusy]).toEqual([[1, 4], false]);
});

it("goes on after an answer that never came", async () => {
  const { newest, questions, answers, failures } = asked();
  newest.want(1);
  newest.want(2);
  questions[0]?.fail();
  await settled();
  questions[1]?.answer();
  await settled();
  expect([answers, failures.length]).toEqual([[2], 1]);
});

it("answers nobody who left", async () => {
  const { newest, questions, answers } = asked();
  newest.want(1);
  newest.stop();
  questions[0]?.answer();
  await settled();
  expect(answers).toEqual([]);
});
