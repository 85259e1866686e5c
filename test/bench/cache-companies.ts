import type { AnyStateMachine } from 'xstate';
import { flow } from '../../machines/flow.ts';
import { orderStatus } from '../../machines/flows/order-status.ts';

/** Something that callers ask about in ever other words: each opener with each subject. */
export interface Topic {
  openers: readonly string[];
  subjects: readonly string[];
  answer: string;
}

export interface BenchCompany {
  name: string;
  callsPerDay: number;
  chart: AnyStateMachine;
  /** The most asked first. */
  topics: readonly Topic[];
  /** Of all that is said where the flow asks nothing of its own. */
  shares: { topics: number; phrases: number; personal: number };
}

const doYou = ['do you have', 'have you got', 'is there', 'i need', 'what about', 'do you offer'];
const howIs = [
  'how does',
  'can you explain',
  'tell me about',
  'what about',
  'i have a question about',
  'how is',
];
const whereIs = [
  'where is',
  'how do i get to',
  'what is the way to',
  'tell me where i find',
  'can you tell me',
];
const mayI = ['can i', 'may i', 'is it possible to', 'i want to', 'i would like to', 'how do i'];

const topic = (openers: readonly string[], subjects: string, answer: string): Topic => ({
  openers,
  subjects: subjects.split(', '),
  answer,
});

const clinicTopics = [
  topic(doYou, 'parking, a car park, a parking lot, somewhere to park', 'You can park behind the house'),
  topic(whereIs, 'the clinic, your address, the entrance, your building', 'We are next to the old harbour'),
  topic(mayI, 'come without an appointment, walk in, just drop by', 'You can walk in before noon'),
  topic(doYou, 'flu shots, the flu vaccine, vaccinations, a flu jab', 'We give flu shots every weekday'),
  topic(
    mayI,
    'cancel my appointment, move my appointment, reschedule',
    'You can cancel until the day before',
  ),
  topic(howIs, 'insurance, your insurance plans, what insurance you take', 'We take all public plans'),
  topic(
    mayI,
    'get a prescription refill, renew my prescription, order a refill',
    'Refills are ready in two days',
  ),
  topic(howIs, 'test results, lab results, blood results', 'Results are there in three days'),
  topic(mayI, 'become a patient, register, sign up as a new patient', 'New patients are welcome'),
  topic(doYou, 'a children doctor, a pediatrician, doctors for kids', 'We have two doctors for children'),
  topic(doYou, 'video visits, online appointments, telehealth', 'Video visits are on Mondays'),
  topic(howIs, 'the cost of a visit, your prices, what a visit costs', 'That depends on your plan'),
  topic(doYou, 'wheelchair access, a lift, a ramp', 'There is a lift at the side door'),
  topic(doYou, 'someone who speaks spanish, a translator, an interpreter', 'Two of our nurses speak Spanish'),
  topic(mayI, 'get my records, have a copy of my file, see my records', 'Records are sent within a week'),
  topic(doYou, 'a pharmacy, a drug store, a chemist', 'The pharmacy is next door'),
];

const shopTopics = [
  topic(mayI, 'return something, send something back, bring it back', 'You may return goods for a month'),
  topic(doYou, 'gift cards, vouchers, gift certificates', 'Gift cards are sold in the shop'),
  topic(whereIs, 'the shop, your store, the showroom', 'The shop is in the high street'),
  topic(howIs, 'the warranty, your guarantee, the guarantee', 'All goods have a warranty of two years'),
  topic(mayI, 'change my delivery address, move my delivery', 'Please talk to a person about that'),
  topic(doYou, 'delivery abroad, international shipping', 'We deliver within the country only'),
  topic(mayI, 'cancel my order, stop my order', 'Please talk to a person about that'),
  topic(mayI, 'pay by card, pay on account, pay with a gift card', 'You can pay by card'),
  topic(doYou, 'a discount, a discount code, a sale', 'There is no sale at the moment'),
  topic(mayI, 'get an invoice, have a copy of the bill', 'The invoice is in the parcel'),
];

const clinic = (company: string) =>
  flow.createMachine({
    id: 'clinic',
    description: `The telephone line of ${company}. It answers questions about the clinic and takes bookings.`,
    context: { facts: {} },
    meta: { facts: { name: { type: 'text', description: 'The name of the caller.', personal: true } } },
    initial: 'greeting',
    on: {
      'caller.books': {
        target: '.booking',
        description: 'The caller wants an appointment.',
        meta: {
          phrases: ['i need an appointment', 'make an appointment', 'book an appointment', 'can i book'],
        },
      },
      'caller.wantsPerson': {
        target: '.transferring',
        description: 'The caller wants a person.',
        meta: { phrases: ['@person'] },
      },
      'caller.saysGoodbye': {
        target: '.goodbye',
        description: 'The caller takes leave.',
        meta: { phrases: ['@goodbye'] },
      },
    },
    states: {
      greeting: {
        description: 'The call begins.',
        meta: { say: `${company}, how can I help you?` },
      },
      anythingElse: {
        description: 'Something has been settled.',
        meta: { say: 'All right. Is there anything else?', ask: 'Is there anything else?' },
        on: {
          'caller.needsNothingElse': {
            target: 'goodbye',
            description: 'The caller has everything.',
            meta: { phrases: ['no', 'no thanks', 'no thank you', '@nothingElse'] },
          },
        },
      },
      booking: {
        description: 'Whom is the appointment for?',
        meta: { collects: ['name'], say: 'With pleasure. What is your name?' },
        on: {
          'caller.givesName': {
            target: 'anythingElse',
            actions: 'noteFacts',
            description: 'The caller says their name.',
            meta: { phrases: ['my name is {name}', 'it is {name}'] },
          },
        },
      },
      transferring: {
        description: 'The caller is passed on.',
        meta: { say: 'One moment.', afterwards: 'transfer' },
        on: { 'transfer.failed': { target: 'anythingElse', description: 'Nobody took the call.' } },
      },
      goodbye: { description: 'Take leave.', meta: { say: 'Goodbye!', afterwards: 'hangUp' } },
    },
  });

/** A large shop with the order line of the house, a clinic that is asked much, a small one. */
export const companies: readonly BenchCompany[] = [
  {
    name: 'Acme',
    callsPerDay: 6_000,
    chart: orderStatus,
    topics: shopTopics,
    shares: { topics: 0.3, phrases: 0.35, personal: 0.35 },
  },
  {
    name: 'Harbour Clinic',
    callsPerDay: 3_000,
    chart: clinic('Harbour Clinic'),
    topics: clinicTopics,
    shares: { topics: 0.6, phrases: 0.15, personal: 0.25 },
  },
  {
    name: 'Hilltop Clinic',
    callsPerDay: 500,
    chart: clinic('Hilltop Clinic'),
    topics: clinicTopics,
    shares: { topics: 0.6, phrases: 0.15, personal: 0.25 },
  },
];
