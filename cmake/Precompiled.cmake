# Precompiled headers, one per set of compile flags: gcc ignores one whose flags or Qt macros differ.
#   core: the standard library         (every core folder, no Qt)
#   ui:   that plus Qt Widgets         (ui folders and the program)
#   test: that plus Qt Core and Test   (tests of core);  uitest: that plus Qt Widgets and Test
# The fuzz preset builds core without them, which is what finds a forgotten #include.
option(SIGNALBOX_PCH "Use precompiled headers" ON)

# signalbox_pch(<name> HEADERS <files...> LIBS <targets...>): declares the owner once; signalbox_use_pch() shares it.
function(signalbox_pch name)
    if(NOT SIGNALBOX_PCH)
        return()
    endif()
    cmake_parse_arguments(arg "" "" "HEADERS;LIBS" ${ARGN})
    set(source "${CMAKE_BINARY_DIR}/pch/${name}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "// Owns the precompiled header.\n")
    add_library(signalbox_pch_${name} OBJECT "${source}")
    set_target_properties(signalbox_pch_${name} PROPERTIES AUTOMOC OFF)
    target_link_libraries(signalbox_pch_${name} PUBLIC signalbox_options ${arg_LIBS})
    signalbox_pch_flags(signalbox_pch_${name})
    list(TRANSFORM arg_HEADERS PREPEND "${CMAKE_SOURCE_DIR}/cmake/")
    list(TRANSFORM arg_HEADERS REPLACE "(.+)" "$<$<COMPILE_LANGUAGE:CXX>:\\1>")
    target_precompile_headers(signalbox_pch_${name} PRIVATE ${arg_HEADERS})
endfunction()

function(signalbox_use_pch target name)
    if(TARGET signalbox_pch_${name})
        signalbox_pch_flags(${target})
        target_precompile_headers(${target} REUSE_FROM signalbox_pch_${name})
    endif()
endfunction()

function(signalbox_pch_flags target)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess -Wno-error=invalid-pch>)
    endif()
endfunction()
