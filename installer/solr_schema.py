"""CKAN's Solr schema made to understand German: compound words, light stemming, synonyms; and fields for boxes."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET

# Why this order: the delimiter first (it splits at case and hyphens), then lower case, on which word parts and
# stems are listed; normalization makes ä, ae and a one; splitting works on whole words, so it comes before stemming.
GERMAN = """
<fieldType name="text" class="solr.TextField" positionIncrementGap="100">
  <analyzer type="index">
    <tokenizer class="solr.WhitespaceTokenizerFactory"/>
    <filter class="solr.WordDelimiterGraphFilterFactory"
            generateWordParts="1" generateNumberParts="1" catenateWords="1" catenateNumbers="1" catenateAll="0"
            splitOnCaseChange="1"/>
    <filter class="solr.FlattenGraphFilterFactory"/>
    <filter class="solr.LowerCaseFilterFactory"/>
    <filter class="solr.DictionaryCompoundWordTokenFilterFactory" dictionary="word_parts.txt"
            minWordSize="6" minSubwordSize="3" maxSubwordSize="20" onlyLongestMatch="true"/>
    <filter class="solr.GermanNormalizationFilterFactory"/>
    <filter class="solr.GermanLightStemFilterFactory"/>
    <filter class="solr.ASCIIFoldingFilterFactory"/>
    <filter class="solr.RemoveDuplicatesTokenFilterFactory"/>
  </analyzer>
  <analyzer type="query">
    <tokenizer class="solr.WhitespaceTokenizerFactory"/>
    <filter class="solr.WordDelimiterGraphFilterFactory"
            generateWordParts="1" generateNumberParts="1" catenateWords="0" catenateNumbers="0" catenateAll="0"
            splitOnCaseChange="1"/>
    <filter class="solr.LowerCaseFilterFactory"/>
    <filter class="solr.SynonymGraphFilterFactory" synonyms="synonyms.txt" ignoreCase="true" expand="true"/>
    <filter class="solr.GermanNormalizationFilterFactory"/>
    <filter class="solr.GermanLightStemFilterFactory"/>
    <filter class="solr.ASCIIFoldingFilterFactory"/>
  </analyzer>
</fieldType>
"""
BOX = ("minx", "maxx", "miny", "maxy")


def german_schema(ckan_schema: str) -> str:
    """Derive the portal's schema from CKAN's.

    :param ckan_schema: the text of `ckan/config/solr/schema.xml`
    :return: the text of the new schema
    :raises ValueError: when CKAN's schema has no field type `text` or no fields any more
    """
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    root = ET.fromstring(ckan_schema, parser=parser)
    types, fields = root.find("types"), root.find("fields")
    old = None if types is None else types.find("fieldType[@name='text']")
    if types is None or fields is None or old is None:
        raise ValueError("CKAN's Solr schema has no longer the form that installer/solr_schema.py expects")
    place = list(types).index(old)
    types.remove(old)
    types.insert(place, ET.fromstring(GERMAN))
    for name in BOX:
        ET.SubElement(fields, "field", name=name, type="float", indexed="true", stored="true")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


if __name__ == "__main__":
    print(german_schema(sys.stdin.read()), end="")
