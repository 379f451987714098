# Writes OUT: each of FILES as a byte array, and the table NAME of them, made
# of `struct STRUCT` as HEADER declares it.
set(text "/* Made by embed.cmake; do not edit. */\n")
string(APPEND text "#include \"${HEADER}\"\n\n")
set(table "")
string(REPEAT "." 75 fifteen) # bytes, as the five letters "0xNN," each
foreach(file ${FILES})
  get_filename_component(name ${file} NAME_WLE)
  string(MAKE_C_IDENTIFIER "file_${name}" array)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(${fifteen})" "\\1\n" bytes "${bytes}")
  # The closing 0 is for readers who take it for a string.
  string(APPEND text
         "static const unsigned char ${array}[] = {\n${bytes}0 };\n\n")
  string(APPEND table "\t{ \"${name}\", (const char *)${array},"
                      " sizeof(${array}) - 1 },\n")
endforeach()
string(APPEND text "const struct ${STRUCT} ${NAME}[] = {\n"
                   "${table}\t{ 0 }\n};\n")
file(WRITE ${OUT} "${text}")
