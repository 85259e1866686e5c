const LONGEST_ID = 64;

/**
 * Gives each tool use of one conversation an id that Bedrock accepts: `[a-zA-Z0-9_-]`, at most 64, none twice. Ids that
 * are so already stay as they are; those of other providers, or of the flow itself, may not be.
 */
export function nameToolIds(): (id: string) => string {
  const taken = new Set<string>();
  return id => {
    const plain = id.replace(/[^a-zA-Z0-9_-]/g, '_').slice(-LONGEST_ID) || 'tool';
    let name = plain;
    for (let count = 2; taken.has(name); count++) {
      const suffix = `-${count}`;
      name = plain.slice(0, LONGEST_ID - suffix.length) + suffix;
    }
    taken.add(name);
    return name;
  };
}
