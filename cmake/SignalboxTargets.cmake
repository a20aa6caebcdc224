# Warnings, include root and language level are one INTERFACE target, so that no list file repeats them.
add_library(signalbox_options INTERFACE)
target_compile_options(signalbox_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic $<IF:$<CXX_COMPILER_ID:GNU>,-Wshadow=local,-Wshadow> -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers>
    -march=x86-64-v2 -pthread)
if(SIGNALBOX_WERROR)
    target_compile_options(signalbox_options INTERFACE -Werror)
endif()
target_include_directories(signalbox_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_definitions(signalbox_options INTERFACE QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS
    SIGNALBOX_VERSION="${PROJECT_VERSION}")

function(signalbox_common target)
    target_link_libraries(${target} PUBLIC signalbox_options)
endfunction()

# Link-time optimisation is for the program's core alone. Its objects are fat (both forms inside): one compile serves the
# program, which is linked with LTO, and the tests, which are linked without and so in a second rather than half a minute.
function(signalbox_lto_objects target)
    if(SIGNALBOX_LTO)
        target_compile_options(${target} PRIVATE -flto=auto -ffat-lto-objects)
    endif()
endfunction()

function(signalbox_lto_link target)
    if(SIGNALBOX_LTO)
        target_compile_options(${target} PRIVATE -flto=auto -ffat-lto-objects)
        target_link_options(${target} PRIVATE -flto=auto)
    endif()
endfunction()

function(signalbox_no_lto_link target)
    if(SIGNALBOX_LTO)
        target_link_options(${target} PRIVATE -fno-lto)
    endif()
endfunction()

# signalbox_folder(<prefix> <folder> [LIBS ...]): one static library for one folder, every source found by itself,
# so that a new balancer, policy or chart needs no line here.
function(signalbox_folder prefix folder)
    cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
    set(target "signalbox_${folder}")
    if(prefix STREQUAL "ui")
        set(target "signalbox_ui_${folder}")
    endif()
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp" "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.h")
    set(compiled ${sources})
    list(FILTER compiled INCLUDE REGEX "\\.cpp$")
    if(compiled)
        add_library(${target} STATIC ${sources})
        target_link_libraries(${target} PUBLIC ${arg_LIBS})
        signalbox_common(${target})
        signalbox_use_pch(${target} ${prefix})
        if(prefix STREQUAL "core")
            signalbox_lto_objects(${target})
        endif()
    else()
        add_library(${target} INTERFACE)
        target_link_libraries(${target} INTERFACE ${arg_LIBS} signalbox_options)
    endif()
endfunction()
