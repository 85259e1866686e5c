import sampleDiary from './sample-diary.json' with { type: 'json' };
import type { ToolWorld } from './tool-world.ts';

export const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;
export const partsOfDay = ['morning', 'afternoon'] as const;
export const reasons = ['checkup', 'cleaning', 'filling', 'emergency'] as const;

export type Day = (typeof days)[number];
export type PartOfDay = (typeof partsOfDay)[number];
export type Reason = (typeof reasons)[number];

/** A time in the diary; `time` as it is written, "9:30 AM". */
export interface Slot {
  day: Day;
  partOfDay: PartOfDay;
  time: string;
}

export interface Appointment {
  phoneNumber: string;
  reason: Reason;
  day: Day;
  time: string;
}

export const slotTime = '^([1-9]|1[0-2]):[0-5][0-9] [AP]M$';

/** The sample practice's diary for one week. It is kept in memory: what is booked is booked until the process ends. */
export class Diary {
  readonly #free: Slot[];
  readonly #appointments: Appointment[];

  constructor({ free, booked }: typeof sampleDiary = sampleDiary) {
    this.#free = days.flatMap(day =>
      partsOfDay.flatMap(partOfDay => free[day][partOfDay].map(time => ({ day, partOfDay, time }))),
    );
    this.#appointments = structuredClone(booked) as Appointment[];
  }

  /** The first free time of the day, or of the half of it that is given; with `after`, the first after that time. */
  freeOn(day: Day, partOfDay: PartOfDay | null, after: string | null): Slot | null {
    const start = after === null ? -1 : minuteOf(after);
    return (
      this.#free.find(
        slot =>
          slot.day === day && (partOfDay ?? slot.partOfDay) === slot.partOfDay && minuteOf(slot.time) > start,
      ) ?? null
    );
  }

  /** The first free time after the day, or after the half of it that is given; or else the first of the week but the one that does not suit. */
  freeAfter(day: Day, partOfDay: PartOfDay | null, but: string | null): Slot | null {
    const from = placeOf({ day, partOfDay: partOfDay ?? 'afternoon' });
    const suits = (slot: Slot) => slot.day !== day || slot.time !== but;
    return this.#free.find(slot => placeOf(slot) > from) ?? this.#free.find(suits) ?? null;
  }

  appointmentOf(phoneNumber: string): Appointment | null {
    return this.#appointments.find(appointment => appointment.phoneNumber === phoneNumber) ?? null;
  }

  /** False when the time is not free; true, too, when it is this caller's already. */
  book(appointment: Appointment): boolean {
    if (this.#appointments.some(booked => isSameTime(booked, appointment))) return true;
    const at = this.#free.findIndex(({ day, time }) => day === appointment.day && time === appointment.time);
    if (at < 0) return false;
    this.#free.splice(at, 1);
    this.#appointments.push(appointment);
    return true;
  }

  /** False when there is none, or the new time is not free; true, too, when it is there already. */
  move(phoneNumber: string, day: Day, time: string): boolean {
    const now = this.appointmentOf(phoneNumber);
    if (!now) return false;
    if (now.day === day && now.time === time) return true;
    // The new time is taken before the old one is given up.
    if (!this.book({ ...now, day, time })) return false;
    this.cancel(phoneNumber);
    return true;
  }

  /** Frees the time of the caller's first appointment. Null when there is none. */
  cancel(phoneNumber: string): Appointment | null {
    const appointment = this.appointmentOf(phoneNumber);
    if (!appointment) return null;
    this.#appointments.splice(this.#appointments.indexOf(appointment), 1);
    const { day, time } = appointment;
    this.#free.push({ day, time, partOfDay: time.endsWith('AM') ? 'morning' : 'afternoon' });
    this.#free.sort(
      (one, other) => placeOf(one) - placeOf(other) || minuteOf(one.time) - minuteOf(other.time),
    );
    return appointment;
  }
}

/** The diary that the tools of one world have in common. */
export function diaryOf(world: ToolWorld): Diary {
  let diary = opened.get(world);
  if (!diary) {
    diary = new Diary();
    opened.set(world, diary);
  }
  return diary;
}

const opened = new WeakMap<ToolWorld, Diary>();

function isSameTime(one: Appointment, other: Appointment): boolean {
  return one.phoneNumber === other.phoneNumber && one.day === other.day && one.time === other.time;
}

function placeOf({ day, partOfDay }: Pick<Slot, 'day' | 'partOfDay'>): number {
  return days.indexOf(day) * partsOfDay.length + partsOfDay.indexOf(partOfDay);
}

function minuteOf(time: string): number {
  const [, hour, minute, half] = /^(\d+):(\d+) ([AP])M$/.exec(time) ?? [];
  return ((Number(hour) % 12) + (half === 'P' ? 12 : 0)) * 60 + Number(minute);
}
