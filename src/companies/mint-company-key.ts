import type { CompanyKeys, RetiredKey } from './company-keys.ts';
import type { KeyLimit, ManagedKey, OpenRouterManagement } from './openrouter-management.ts';

export const OPENROUTER = 'openrouter';

export interface MintedKey extends ManagedKey {
  /** The key that it took the place of. */
  former: RetiredKey | null;
}

/**
 * Makes a company its own key at OpenRouter. The key is told once and goes straight into encryption. A former one is
 * forgotten; `src/jobs/read-key-usage.ts` switches it off there at its next round, when requests that hold it are over. When
 * the key cannot be kept it is deleted at once: nobody would ever know it again.
 */
export async function mintCompanyKey(
  { keys, management }: { keys: CompanyKeys; management: OpenRouterManagement },
  { companyId, ...limit }: KeyLimit & { companyId: string },
): Promise<MintedKey> {
  const { key, managed } = await management.mint({ name: `aybiza ${companyId}`, ...limit });
  try {
    const former = await keys.put({ companyId, provider: OPENROUTER, key, providerKeyId: managed.hash });
    return { ...managed, former };
  } catch (error) {
    await management.delete(managed.hash).catch(() => {});
    throw error;
  }
}
