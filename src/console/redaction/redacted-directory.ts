import type { CallDirectory, CallListing } from '../../api/call-directory.ts';
import type { CallFeed, FeedOptions } from '../call-feed.ts';
import { wholeCall } from '../whole-call.ts';
import { redactStart } from './call-redaction.ts';

/** The same directory, in which calls whose transcripts are redacted are shown so. */
export function redactedDirectory(directory: CallDirectory, options: FeedOptions): CallDirectory {
  const isRedacted = ({ agent }: Pick<CallListing, 'agent'>) =>
    options.redacts({ ...(agent !== undefined && { agent }) });
  const whole = async (id: string): Promise<CallFeed | null> => wholeCall(id, options);

  return {
    async list(query) {
      const listings = await directory.list(query);
      return listings.map(listing => (isRedacted(listing) ? withoutCaller(listing) : listing));
    },

    async find(id) {
      const detail = await directory.find(id);
      if (!detail || !isRedacted(detail)) return detail;
      const redaction = (await whole(id))?.redaction;
      if (!redaction) return null;
      redaction.learnFacts(detail.facts);
      return {
        ...detail,
        ...redactStart(detail),
        turns: detail.turns.map(turn => redaction.turn(turn)),
        unanswered: detail.unanswered.map(text => redaction.unanswered(text)),
        facts: redaction.facts(detail.facts),
        placement: redaction.placement(detail.placement),
        report: redaction.value(detail.report) as typeof detail.report,
      };
    },

    async events(id, query) {
      const detail = await directory.find(id);
      if (!detail || !isRedacted(detail)) return directory.events(id, query);
      const feed = await whole(id);
      if (!feed) return null;
      return feed.entries.filter(({ seq }) => seq > query.after).slice(0, query.limit);
    },
  };
}

function withoutCaller(listing: CallListing): CallListing {
  const { from, to } = redactStart({ ...listing, parameters: {} });
  return { ...listing, from, to };
}
